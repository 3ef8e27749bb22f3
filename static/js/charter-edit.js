// Writing a draft of a charter. The form works without this; with it, sections save themselves (autosave.js), and a
// preview follows what is typed. Each section goes with marks of what the page showed, so two writers overwrite nothing.

import { autosave } from "./autosave.js";

const form = document.querySelector("[data-charter-edit]");
const PAUSE = 600; // milliseconds without typing before a preview is drawn
const TYPED = ["title", "body"];
const MARKS = ["revision", "seen", "was"];

const sections = () => [...form.querySelectorAll("[data-section]")].map((section) => section.dataset.section);
const field = (prefix, name) => form.querySelector(`[name="${prefix}-${name}"]`);
const values = (prefix, names) => Object.fromEntries(names.map((name) => [name, field(prefix, name).value]));
const same = (one, other) => Boolean(one && other) && TYPED.every((name) => one[name] === other[name]);

const saved = new Map(); // section → what the page knows to be saved

function unsaved() {
  const changed = {};
  for (const prefix of sections()) {
    if (!same(values(prefix, TYPED), saved.get(prefix))) changed[prefix] = values(prefix, [...TYPED, ...MARKS]);
  }
  return Object.keys(changed).length ? { sections: changed } : null;
}

/** Put a copy back on the screen; the number of sections that differ from what is saved. */
function putBack(copy) {
  let changed = 0;
  for (const prefix of sections()) {
    const kept = copy.sections?.[prefix];
    if (!kept || same(kept, values(prefix, TYPED))) continue;
    for (const name of [...TYPED, ...MARKS]) field(prefix, name).value = kept[name];
    changed += 1;
  }
  return changed;
}

function fill(body, copy) {
  for (const [prefix, section] of Object.entries(copy?.sections ?? {})) {
    for (const [name, value] of Object.entries(section)) body.set(`${prefix}-${name}`, value);
  }
}

/** Note what the server stored: only of what was sent, as more may have been typed since. */
function take(answer, copy) {
  for (const prefix of sections()) {
    const sent = copy?.sections[prefix];
    if (!sent || !answer.querySelector(`#id_${prefix}-seen`)) continue;
    for (const name of MARKS) field(prefix, name).value = answer.querySelector(`#id_${prefix}-${name}`).value;
    saved.set(prefix, sent);
  }
}

// --- Preview ----------------------------------------------------------------------------------------------

const timers = new Map();

async function drawPreview(prefix) {
  const place = form.querySelector(`[data-preview-of="${prefix}"] [data-preview-text]`);
  const body = new FormData();
  body.set("body", field(prefix, "body").value);
  const { value: token } = form.querySelector("[name=csrfmiddlewaretoken]");
  try {
    const headers = { "X-CSRFToken": token };
    const response = await fetch(form.dataset.preview, { method: "POST", body, headers, redirect: "manual" });
    if (!response.ok) throw new Error();
    place.innerHTML = await response.text(); // the server has cleaned it
  } catch {
    place.textContent = "There is no preview now. Your words are still in the box.";
  }
}

function watchPreviews() {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preview-button]");
    if (!button) return;
    event.preventDefault();
    const prefix = button.dataset.previewButton;
    const region = form.querySelector(`[data-preview-of="${prefix}"]`);
    region.hidden = !region.hidden;
    button.setAttribute("aria-expanded", String(!region.hidden));
    if (!region.hidden) drawPreview(prefix);
  });
  form.addEventListener("input", (event) => {
    const prefix = event.target.closest("[data-section]")?.dataset.section;
    if (!prefix || form.querySelector(`[data-preview-of="${prefix}"]`).hidden) return;
    clearTimeout(timers.get(prefix));
    timers.set(prefix, setTimeout(() => drawPreview(prefix), PAUSE));
  });
  for (const button of form.querySelectorAll("[data-preview-button]")) {
    const region = form.querySelector(`[data-preview-of="${button.dataset.previewButton}"]`);
    button.setAttribute("aria-expanded", String(!region.hidden));
  }
}

if (form) {
  if (!("unsaved" in form.dataset)) for (const prefix of sections()) saved.set(prefix, values(prefix, TYPED));
  watchPreviews();
  autosave({
    form,
    shelf: `impact-log:${form.dataset.user}:charter-${location.pathname.split("/").at(-3)}:`,
    saveButton: "Save draft",
    ended: {
      words: "You are signed out.",
      link: [`/accounts/login/?next=${encodeURIComponent(location.pathname)}`, "Sign in again"],
    },
    ...{ unsaved, putBack, fill, take },
  });
}
