// Writing a section of the report. The form works without this; with it the section saves itself (autosave.js), a preview
// follows what is typed, and what is picked from a list goes in where the cursor stands.

import { autosave } from "./autosave.js";

const form = document.querySelector("[data-section-write]");
const PAUSE = 600; // milliseconds without typing before a preview is drawn

const area = form?.querySelector("#id_body");
const version = form?.querySelector("#id_version");
let saved = null; // the words that the page knows to be saved

const unsaved = () => (area.value === saved ? null : { body: area.value, version: version.value });

/** Put a copy back on the screen; 1 when it differs from what is saved. */
function putBack(copy) {
  if (typeof copy.body !== "string" || copy.body === area.value) return 0;
  area.value = copy.body;
  version.value = copy.version;
  return 1;
}

function fill(body, copy) {
  body.set("body", copy?.body ?? area.value);
  body.set("version", copy?.version ?? version.value);
}

/** Note what the server stored: what was sent, as more may have been typed since. */
function take(answer, copy) {
  const stored = answer.querySelector("#id_version");
  if (!stored) return;
  version.value = stored.value;
  saved = copy?.body ?? saved;
}

// --- Preview ----------------------------------------------------------------------------------------------

const region = document.getElementById("preview");
let timer = 0;

async function drawPreview() {
  const place = region.querySelector("[data-preview-text]");
  const body = new FormData();
  body.set("body", area.value);
  const { value: token } = form.querySelector("[name=csrfmiddlewaretoken]");
  try {
    const headers = { "X-CSRFToken": token };
    const response = await fetch(form.dataset.preview, { method: "POST", body, headers, redirect: "manual" });
    if (!response.ok) throw new Error();
    place.innerHTML = await response.text(); // the server has cleaned it
    const { words } = place.querySelector("[data-words]").dataset;
    document.getElementById("word-count").textContent = `${words} ${words === "1" ? "word" : "words"}`;
  } catch {
    place.textContent = "There is no preview now. Your words are still in the box.";
  }
}

function watchPreview() {
  const button = form.querySelector("[data-preview-button]");
  const tell = () => button.setAttribute("aria-expanded", String(!region.hidden));
  tell();
  button.addEventListener("click", (event) => {
    event.preventDefault();
    region.hidden = !region.hidden;
    tell();
    if (!region.hidden) drawPreview();
  });
  form.addEventListener("input", () => {
    if (region.hidden) return;
    clearTimeout(timer);
    timer = setTimeout(drawPreview, PAUSE);
  });
}

// --- Lists ------------------------------------------------------------------------------------------------

let isTouched = false; // whether someone has placed the cursor

/** Put a mark where the cursor stands: a figure or reference into the sentence, everything else on lines of its own. */
function putIn(text, kind) {
  if (!isTouched) area.setSelectionRange(area.value.length, area.value.length);
  const { selectionStart: start, selectionEnd: end, value } = area;
  const before = value.slice(0, start).replace(/\s+$/, "");
  const after = value.slice(end).replace(/^\s+/, "");
  const isInside = ["figure", "ref"].includes(kind) && isTouched;
  const words = isInside ? text : `${before ? "\n\n" : ""}${text}\n${after ? "\n" : ""}`;
  const gap = start && !/\s/.test(value[start - 1]) ? " " : "";
  if (isInside) area.setRangeText(gap + words, start, end, "end");
  else area.setRangeText(words, before.length, value.length - after.length, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Look for sources, or show more of them, without leaving the page. */
async function askForSources(button) {
  const body = new FormData(form);
  body.set(button.name, button.value);
  const answer = await fetch(location.pathname, { method: "POST", body, redirect: "manual" }).catch(() => null);
  const found = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("offers");
  const place = document.getElementById("offers");
  if (!found) {
    HTMLFormElement.prototype.requestSubmit.call(form, button);
    return;
  }
  place.replaceWith(document.importNode(found, true));
  (document.getElementById(button.id) ?? document.getElementById("look")).focus();
}

function watchLists() {
  area.addEventListener("focus", () => (isTouched = true));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-put]");
    if (button) {
      event.preventDefault();
      putIn(button.dataset.put, button.dataset.alone);
      return;
    }
    const sources = event.target.closest("[data-sources]");
    if (sources) {
      event.preventDefault();
      askForSources(sources);
      return;
    }
    const link = event.target.closest("[data-look]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const item = link.closest("li");
    const there = item.querySelector("[data-looked]");
    link.setAttribute("aria-expanded", String(!there));
    if (there) {
      there.remove();
      return;
    }
    const response = await fetch(link.href, { headers: { "HX-Request": "true" }, redirect: "manual" }).catch(() => null);
    if (!response?.ok) {
      location.assign(link.href);
      return;
    }
    const box = document.createElement("div");
    box.dataset.looked = "";
    box.innerHTML = await response.text(); // the server has cleaned it
    item.append(box);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "look") return;
  event.preventDefault(); // Enter would save
  document.getElementById("find-sources").click();
});

if (form) {
  if (!("unsaved" in form.dataset)) saved = area.value;
  watchPreview();
  watchLists();
  const [year, , key] = location.pathname.split("/").slice(2);
  autosave({
    form,
    shelf: `impact-log:${form.dataset.user}:report-${year}-${key}:`,
    saveButton: "Save",
    ended: {
      words: "You are signed out.",
      link: [`/accounts/login/?next=${encodeURIComponent(location.pathname)}`, "Sign in again"],
    },
    ...{ unsaved, putBack, fill, take },
  });
}
