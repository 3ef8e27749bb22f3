// A section of an application. The form works without this; with it, answers save themselves (autosave.js). Each goes with
// a mark of what the page showed before, so that two people who write at once overwrite nothing.

import { autosave } from "./autosave.js";

const form = document.querySelector("[data-application]");

const questions = () =>
  [...form.querySelectorAll("[data-answer]")].filter((question) => question.querySelector("input[name$='-was']"));
const keyOf = (question) => question.dataset.answer;
const fieldsOf = (question) => [...question.querySelectorAll(`[name="${CSS.escape(keyOf(question))}"]`)];
const wasOf = (question) => question.querySelector("input[name$='-was']");

/** What is answered, as a list: a text is a list of one. */
function read(question) {
  return fieldsOf(question)
    .filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked)
    .map((field) => field.value)
    .filter((value) => value.trim());
}

/** What the server drew, whatever someone typed before this script ran or the browser put back. */
function drawn(question) {
  return fieldsOf(question)
    .flatMap((field) => {
      if (field.type === "radio" || field.type === "checkbox") return field.defaultChecked ? [field.value] : [];
      if (field.options) return [...field.options].filter((one) => one.defaultSelected).map((one) => one.value);
      return [field.defaultValue];
    })
    .filter((value) => value.trim());
}

function write(question, values) {
  for (const field of fieldsOf(question)) {
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const saved = new Map(); // question → what the page knows to be saved

function unsaved() {
  const answers = {};
  for (const question of questions()) {
    const values = read(question);
    if (!same(values, saved.get(keyOf(question)))) answers[keyOf(question)] = { values, was: wasOf(question).value };
  }
  return Object.keys(answers).length ? { answers } : null;
}

/** Put a copy back on the screen; the number of answers that differ from what is saved. */
function putBack(copy) {
  let changed = 0;
  for (const question of questions()) {
    const kept = copy.answers?.[keyOf(question)];
    if (!kept || same(kept.values, read(question))) continue;
    write(question, kept.values);
    wasOf(question).value = kept.was;
    for (const field of fieldsOf(question)) field.dispatchEvent(new Event("input", { bubbles: true })); // counts, conditions
    changed += 1;
  }
  return changed;
}

function fill(body, copy) {
  for (const [key, { values, was }] of Object.entries(copy?.answers ?? {})) {
    for (const value of values) body.append(key, value);
    body.set(`${key}-was`, was);
  }
}

/** Note what the server stored: only of what was sent, as more may have been typed since. */
function take(answer, copy) {
  for (const question of questions()) {
    const key = keyOf(question);
    const mark = answer.querySelector(`input[id="id_${CSS.escape(key)}-was"]`);
    if (!mark || !copy?.answers[key]) continue;
    wasOf(question).value = mark.value;
    saved.set(key, copy.answers[key].values);
  }
}

if (form) {
  if (!("unsaved" in form.dataset)) for (const question of questions()) saved.set(keyOf(question), drawn(question));
  autosave({
    form,
    shelf: `impact-log:${form.dataset.user}:${location.pathname.split("/").at(-2)}:`,
    saveButton: "Save and continue",
    ended: {
      words: "This device was away for too long. Open the link in your email again.",
      link: [form.dataset.return, "Ask for a new link"],
    },
    ...{ unsaved, putBack, fill, take },
  });
}
