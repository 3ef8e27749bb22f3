// The log of a meeting. The form works without this: it adds rows, saves by itself and says how saving went.

const form = document.querySelector("[data-log]");

/** Rows that a browser adds get a key of their own, so that sending a row twice adds it once. */
function giveKeys() {
  for (const input of form.querySelectorAll("input[data-key]")) {
    if (!input.value && !input.closest("template")) input.value = crypto.randomUUID?.() ?? keyFromNumbers();
  }
}

function keyFromNumbers() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function say(state, words) {
  const line = document.getElementById("save-state");
  line.dataset.state = state;
  line.textContent = words;
}

const SIGNED_OUT = "You are signed out. Your words are still here. Sign in again in another tab, then come back";
let unsaved = false;

if (form) {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-repeat-add]")) setTimeout(giveKeys);
  });

  /** Without scripts there are several blank rows; with scripts one is enough. */
  for (const rows of form.querySelectorAll("[data-repeat='said'] [data-repeat-rows]")) {
    const blank = [...rows.querySelectorAll(":scope > .log-row")].filter(
      (row) => !row.querySelector(".govuk-error-message") && ![...row.querySelectorAll("textarea, input:checked, input[list]")].some((field) => (field.type === "radio" ? field.value && field.checked : field.value.trim())),
    );
    for (const row of blank.slice(1)) row.remove();
  }

  form.querySelector("[data-everyone]")?.addEventListener("click", (event) => {
    event.preventDefault();
    for (const person of form.querySelectorAll(".person")) {
      if (!person.querySelector("input:checked")) person.querySelector("input[value='present']").checked = true;
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });

  form.addEventListener("input", () => {
    unsaved = true;
    if (navigator.onLine === false) say("offline", "No connection. Your words are still here. Keep this page open");
    else say("saving", "Not saved yet");
  });
  form.addEventListener("htmx:beforeRequest", () => say("saving", "Saving"));
  form.addEventListener("htmx:beforeSwap", (event) => {
    // A signed-out reader is sent to the sign-in page: that is no answer to a save.
    if (event.detail.serverResponse.includes('id="save-state"')) {
      unsaved = !event.detail.serverResponse.includes('data-state="saved"');
      return;
    }
    event.detail.shouldSwap = false;
    say("error", SIGNED_OUT);
  });
  form.addEventListener("htmx:sendError", () => say("offline", "No connection. Your words are still here. Keep this page open"));
  form.addEventListener("htmx:responseError", (event) => {
    if ([401, 403].includes(event.detail.xhr.status)) say("error", SIGNED_OUT);
    else say("error", "Not saved. Your words are still here. Try “Save and carry on”");
  });
  window.addEventListener("online", () => {
    if (unsaved) form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("submit", () => {
    unsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
