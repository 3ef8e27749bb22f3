/** A form with data-unsaved-guard says when it holds words that are not saved, and asks before the page is left. */

const form = document.querySelector("[data-unsaved-guard]");
const status = form?.querySelector("[data-unsaved-status]");

/** The fields that people write in; "once" and tokens do not count. */
const written = () => JSON.stringify([...form.querySelectorAll("textarea")].map((area) => area.value));

if (form) {
  const start = "unsaved" in form.dataset ? null : written();
  let isLeaving = false;
  const isUnsaved = () => written() !== start;

  const tell = () => {
    if (status) status.textContent = isUnsaved() ? "Not saved yet." : "";
  };
  form.addEventListener("input", tell);
  form.addEventListener("submit", () => {
    isLeaving = true;
    setTimeout(() => (isLeaving = false), 4000);  // a save that never arrives must not leave the page unguarded
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isLeaving && isUnsaved()) event.preventDefault();
  });
  tell();
}
