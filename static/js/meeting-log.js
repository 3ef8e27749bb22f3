// The log of a meeting. The form works without this: it adds rows, and saves by itself (autosave.js). What is sent twice
// counts once: each entry has a key of its own.

import { autosave, freshKey } from "./autosave.js";

const form = document.querySelector("[data-log]");

const KEY_FIELDS = { guests: "pk", said: "id", decided: "key", todo: "key" };
const WRITTEN = { guests: ["name"], said: ["words", "theme"], decided: ["words"], todo: ["what", "owner", "due_on"] };

// --- What is on the screen -------------------------------------------------------------------------

const rowsOf = (part) => [...form.querySelectorAll(`[data-repeat="${part}"] [data-repeat-rows] .log-row`)];
const partOf = (row) => row.id.slice(0, row.id.lastIndexOf("-"));
const fieldsOf = (row) => [...row.querySelectorAll("input[name], select[name], textarea[name]")];
const nameIn = (row, field) => field.name.slice(row.id.length + 1);

/** The values of one row by field name. */
function read(row) {
  const values = {};
  for (const field of fieldsOf(row)) {
    const name = nameIn(row, field);
    if (field.type === "radio") values[name] = field.checked ? field.value : (values[name] ?? "");
    else if (field.type === "checkbox") values[name] = field.checked ? "on" : "";
    else values[name] = field.value;
  }
  return values;
}

/** Put values into a row. A choice that the page does not offer yet is added. */
function write(row, values) {
  for (const field of fieldsOf(row)) {
    const value = values[nameIn(row, field)];
    if (value === undefined) continue;
    if (field.type === "radio") field.checked = field.value === value;
    else if (field.type === "checkbox") field.checked = Boolean(value);
    else if (field.name.endsWith("-source") && value && ![...field.options].some((option) => option.value === value)) {
      field.add(new Option("What you wrote above", value, true, true));
    } else field.value = value;
  }
  row.dispatchEvent(new Event("log-row-shown", { bubbles: true }));
}

/** What was written in a row, without its marks, to tell whether it changed. */
function contentOf(part, values) {
  const { was, pk, ...content } = values;
  return JSON.stringify(content);
}

const isBlank = (part, values) => !values.was && WRITTEN[part].every((name) => !values[name]?.trim());

function people() {
  return [...form.querySelectorAll(".person")].map((person) => ({
    id: person.id,
    value: person.querySelector("input:checked")?.value ?? "",
    was: document.getElementById(`id_${person.id}-was`),
  }));
}

/** Rows that a browser adds get a key of their own, and the kind of the entry before. */
function prepareNew(part) {
  const rows = rowsOf(part);
  const row = rows.at(-1);
  const key = row?.querySelector("input[data-key]");
  if (key && !key.value) key.value = freshKey();
  row?.dispatchEvent(new Event("log-row-shown", { bubbles: true }));
  if (part === "said" && rows.length > 1) {
    const before = read(rows.at(-2)).kind;
    if (before && !read(row).kind) write(row, { kind: before });
    row.querySelector("textarea")?.focus();
  }
  return row;
}

/** "It comes from" offers what was just typed on this screen too. */
function offerSources(select) {
  for (const row of rowsOf("said")) {
    const { id, words, kind } = read(row);
    if (!id || !words?.trim()) continue;
    const label = `${kind ? `${kind[0].toUpperCase()}${kind.slice(1)}: ` : ""}${words.trim().slice(0, 60)}`;
    const known = [...select.options].find((option) => option.value === id);
    if (known) known.textContent = label;
    else select.add(new Option(label, id));
  }
}

// --- Saved entries fold ---------------------------------------------------------------------------------

/** The line of a folded entry says what is in it: its kind, its words, its theme. */
function nameFold(row) {
  const summary = row.closest("details.log-entry")?.querySelector("summary");
  if (!summary) return;
  const { kind, words, theme } = read(row);
  const label = row.querySelector(`input[type=radio][value="${CSS.escape(kind ?? "")}"]`)?.closest("label, .pill")?.textContent.trim() ?? "";
  const part = (text, name) => Object.assign(document.createElement("span"), { textContent: text, className: name });
  const short = words.length > 90 ? `${words.slice(0, 89)}…` : words;
  summary.replaceChildren(part(label, "log-entry__kind"), " ", part(short, ""), " ", part(theme ?? "", "muted small"));
}

/** Fold an entry once it is fully saved and does not have the focus, so that a phone shows the next empty entry. */
function fold(row) {
  const { was, words } = read(row);
  const isSaved = was && words?.trim() && saved.rows.get(row) === contentOf("said", read(row));
  if (!isSaved || row.contains(document.activeElement) || row.querySelector(".govuk-error-message")) return;
  const folded = row.closest("details.log-entry");
  if (folded) {
    nameFold(row);
    return;
  }
  const entry = Object.assign(document.createElement("details"), { className: "log-entry" });
  row.before(entry);
  entry.append(document.createElement("summary"), row);
  nameFold(row);
}

/** Do not fold during a press: a button that moves while it is pressed would not be clicked. */
let isPressed = false;
const foldSaved = () => isPressed || rowsOf("said").forEach(fold);
const foldSoon = () => setTimeout(foldSaved, 200);
form.addEventListener("focusout", foldSoon);
document.addEventListener("pointerdown", () => (isPressed = true));
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    isPressed = false;
    foldSoon();
  });
}

/** Text boxes grow with their words where the browser does not do it by itself (field-sizing). */
if (!CSS.supports("field-sizing", "content")) {
  form.addEventListener("input", ({ target }) => {
    if (target.tagName === "TEXTAREA" && target.scrollHeight > target.clientHeight) target.style.height = `${target.scrollHeight + 4}px`;
  });
}

// --- What is saved, and what is not ------------------------------------------------------------------

const saved = { rows: new WeakMap(), people: new Map(), notes: "" };
const notes = () => document.getElementById("id_notes");
const notesWas = () => document.getElementById("id_notes-was");

/** Remember what the page shows as saved. ``isKept`` false: it shows what was typed, so nothing of it is. */
function takeAsSaved(isKept) {
  for (const part of Object.keys(KEY_FIELDS)) {
    for (const row of rowsOf(part)) if (isKept) saved.rows.set(row, contentOf(part, read(row)));
  }
  for (const person of people()) saved.people.set(person.id, isKept ? person.value : "");
  saved.notes = isKept ? notes().value : null;
}

/** Everything on the screen that is not known to be saved, or null. */
function unsaved() {
  const copy = { came: {}, rows: {} };
  let found = 0;
  for (const part of Object.keys(KEY_FIELDS)) {
    for (const row of rowsOf(part)) {
      const values = read(row);
      const before = saved.rows.get(row);
      if (contentOf(part, values) === before || (before === undefined && isBlank(part, values))) continue;
      if (isBlank(part, values) && !values.was) continue;
      (copy.rows[part] ??= []).push({ prefix: row.id, values });
      found += 1;
    }
  }
  for (const { id, value, was } of people()) {
    if (!value || value === saved.people.get(id)) continue;
    copy.came[id] = { value, was: was.value };
    found += 1;
  }
  if (notes().value !== saved.notes) {
    copy.notes = { value: notes().value, was: notesWas().value };
    found += 1;
  }
  return found ? copy : null;
}

// --- Putting words back from the copy on this device ---------------------------------------------------

function rowFor(part, values) {
  const field = KEY_FIELDS[part];
  const rows = rowsOf(part);
  const name = values.name?.trim().toLowerCase();
  return rows.find((row) => {
    const here = read(row);
    if (values[field]) return here[field] === values[field];
    return part === "guests" && name && here.name.trim().toLowerCase() === name;
  });
}

function blankRow(part) {
  const blank = rowsOf(part).find((row) => isBlank(part, read(row)));
  if (blank) return blank;
  form.querySelector(`[data-repeat="${part}"] [data-repeat-add]`).click();
  return prepareNew(part);
}

/** Put a copy back on the screen, entry by entry; the number of entries that differ from what is saved. */
function putBack(copy) {
  let changed = 0;
  for (const [part, rows] of Object.entries(copy.rows ?? {})) {
    for (const { values } of rows) {
      const there = rowFor(part, values);
      if (there && contentOf(part, read(there)) === contentOf(part, values)) continue;
      if (!there && values.remove) continue;
      const row = there ?? blankRow(part);
      write(row, values);
      const folded = row.closest("details");
      if (folded) folded.open = true;
      changed += 1;
    }
  }
  for (const [id, { value, was }] of Object.entries(copy.came ?? {})) {
    const person = people().find((one) => one.id === id);
    if (!person || person.value === value) continue;
    form.querySelector(`input[name="${id}"][value="${value}"]`).checked = true;
    person.was.value = was;
    changed += 1;
  }
  if (copy.notes && copy.notes.value !== notes().value) {
    notes().value = copy.notes.value;
    notesWas().value = copy.notes.was;
    changed += 1;
  }
  return changed;
}

// --- Saving in the background ---------------------------------------------------------------------------

/** Only what is not saved yet goes over the line, in the form's own names. */
function fill(body, copy) {
  for (const field of form.querySelectorAll("input[name$='_FORMS']")) body.set(field.name, field.value);
  for (const rows of Object.values(copy?.rows ?? {})) {
    for (const { prefix, values } of rows) {
      for (const [name, value] of Object.entries(values)) if (value) body.set(`${prefix}-${name}`, value);
    }
  }
  for (const [id, { value, was }] of Object.entries(copy?.came ?? {})) {
    body.set(id, value);
    body.set(`${id}-was`, was);
  }
  if (copy?.notes) {
    body.set("notes", copy.notes.value);
    body.set("notes-was", copy.notes.was);
  }
}

/** Take the server's answer: which entries are saved now. */
function take(answer, copy) {
  const sent = new Map(Object.values(copy?.rows ?? {}).flat().map(({ prefix, values }) => [prefix, values]));
  for (const input of answer.querySelectorAll("input[id]")) {
    const field = document.getElementById(input.id);
    if (!field) continue;
    field.value = input.value;
    const row = field.closest(".log-row");
    const isWhole = !("leftOut" in input.dataset);
    if (row && sent.has(row.id) && isWhole) saved.rows.set(row, contentOf(partOf(row), sent.get(row.id)));
    const person = input.id.match(/^id_(came-\d+)-was$/)?.[1];
    if (person && copy?.came[person]) saved.people.set(person, copy.came[person].value);
    if (input.id === "id_notes-was" && copy?.notes) saved.notes = copy.notes.value;
  }
  foldSaved();
}

/** A link to what others added meanwhile, once everything here is saved. */
function news(line) {
  const others = Number(line.dataset.said ?? 0) - rowsOf("said").filter((row) => read(row).was).length;
  if (others <= 0) return null;
  return [location.pathname, others === 1 ? "Show an entry someone else added" : `Show ${others} entries that others added`];
}

// --- Start ------------------------------------------------------------------------------------------------

if (form) {
  /** Without scripts there are several blank rows; with scripts one is enough. */
  for (const row of rowsOf("said").filter((one) => isBlank("said", read(one)) && !one.querySelector(".govuk-error-message")).slice(1)) {
    row.remove();
  }

  takeAsSaved(!("unsaved" in form.dataset));
  autosave({
    form,
    shelf: `impact-log:${form.dataset.user}:${form.dataset.meeting}:`,
    saveButton: "Save and carry on",
    ended: {
      words: "You are signed out.",
      link: [`/accounts/login/?next=${encodeURIComponent(location.pathname)}`, "Sign in again"],
    },
    ...{ unsaved, putBack, fill, take, news },
  });

  // app.js adds the row first, as its listener is on the document too and was there before.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-repeat-add]");
    if (button) prepareNew(button.closest("[data-repeat]").dataset.repeat);
  });
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("select[name$='-source']")) offerSources(event.target);
  });

  form.querySelector("[data-everyone]")?.addEventListener("click", (event) => {
    event.preventDefault();
    for (const person of form.querySelectorAll(".person")) {
      if (!person.querySelector("input:checked")) person.querySelector("input[value='present']").checked = true;
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
