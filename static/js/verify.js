// Work out a file's check code here, so that the file need not leave this computer. Without it the form sends the file.
const form = document.querySelector("[data-verify]");
const canHash = window.isSecureContext && window.crypto?.subtle;
const words = document.querySelector("[data-verify-words]");

if (form && !canHash && words) words.hidden = true;

if (form && canHash) {
  const input = form.querySelector("input[type=file]");

  const check = async (file) => {
    if (file.size > Number(form.dataset.largest)) return form.submit(); // the server says kindly that it is too large
    words.textContent = "Working out the check code…";
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const code = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    location.assign(`${form.getAttribute("action")}?sha256=${code}#verdict`);
  };

  const tooLarge = (file) => file && file.size > Number(form.dataset.largest);
  form.addEventListener("submit", (event) => {
    const [file] = input.files;
    if (!file || tooLarge(file)) return;
    event.preventDefault();
    check(file);
  });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    if (!tooLarge(input.files[0])) check(input.files[0]);
  });
}
