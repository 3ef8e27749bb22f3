// The log of a meeting. The form works without this: it adds rows, saves by itself, says how saving went, and keeps
// a copy on this device of every word that is not saved yet, so that a lost connection, a closed tab, an ended
// session or a restarted server costs nothing. What is sent twice counts once: each entry has a key of its own.

const form = document.querySelector("[data-log]");

const KEY_FIELDS = { guests: "pk", said: "id", decided: "key", todo: "key" };
const WRITTEN = { guests: ["name"], said: ["words", "theme"], decided: ["words"], todo: ["what", "owner", "due_on"] };
const PAUSE = 1500; // milliseconds without typing before a save
const PATIENCE = 20_000; // milliseconds before a save counts as lost
const LONGEST_WAIT = 30_000; // milliseconds between two tries

function freshKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

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
    else if (field.tagName === "SELECT" && value && ![...field.options].some((option) => option.value === value)) {
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

// --- The copy on this device ---------------------------------------------------------------------------

const shelf = `impact-log:${form?.dataset.user}:${form?.dataset.meeting}:`;
let own = ""; // this tab's copy
const adopted = []; // copies of tabs that are gone, put back on this screen
let isKept = true; // whether this browser lets us keep a copy

function tabName() {
  try {
    let name = sessionStorage.getItem("impact-tab");
    if (!name) sessionStorage.setItem("impact-tab", (name = freshKey().slice(0, 8)));
    return name;
  } catch {
    return "tab";
  }
}

function keepCopy() {
  const copy = unsaved();
  try {
    if (copy) {
      const about = { at: Date.now(), title: form.dataset.title, path: location.pathname };
      localStorage.setItem(own, JSON.stringify({ ...about, ...copy }));
    } else localStorage.removeItem(own);
    for (const name of adopted.splice(0)) localStorage.removeItem(name); // this tab's copy holds what they held
    isKept = true;
  } catch {
    isKept = !copy;
  }
  return copy;
}

function copies() {
  const found = [];
  try {
    for (const name of Object.keys(localStorage).filter((name) => name.startsWith(shelf))) {
      found.push({ name, ...JSON.parse(localStorage.getItem(name)) }); // app.js has removed what is old or damaged
    }
  } catch {
    return [];
  }
  return found.sort((a, b) => a.at - b.at);
}

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

function restore() {
  const found = copies();
  if (!found.length) return;
  const changed = found.reduce((sum, copy) => sum + putBack(copy), 0);
  adopted.push(...found.map((copy) => copy.name).filter((name) => name !== own));
  keepCopy();
  if (!changed) return;
  const at = new Date(found.at(-1).at);
  const when = at.toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
  const note = document.createElement("div");
  note.className = "notice";
  note.setAttribute("role", "status");
  note.innerHTML = "<p><strong>Your words have been restored:</strong> <span></span></p>";
  note.querySelector("span").textContent =
    `this device kept unsaved text from ${when}. It is back on the page and is being saved now.`;
  form.before(note);
  document.activeElement?.blur();
  scrollTo(0, 0);
  save();
}

// --- Saving in the background ---------------------------------------------------------------------------

let timer = 0;
let tries = 0;
let running = null;

function say(state, words, link) {
  const line = document.getElementById("save-state");
  line.dataset.state = state;
  line.textContent = words;
  if (link) {
    const anchor = document.createElement("a");
    [anchor.href, anchor.textContent] = link;
    line.append(" ", anchor);
  }
}

const here = () => (isKept ? "kept on this device" : "still on this page: keep it open");

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
}

function lost(words) {
  say("offline", `${words} Your words are ${here()}. We will keep trying.`);
  tries += 1;
  later(Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(tries, 5)));
  return false;
}

function signedOut() {
  const link = [`/accounts/login/?next=${encodeURIComponent(location.pathname)}`, "Sign in again"];
  say("error", `You are signed out. Your words are ${here()}.`, link);
  return false;
}

/** Only what is not saved yet goes over the line, in the form's own names. */
function bodyOf(copy) {
  const body = new FormData();
  for (const field of form.querySelectorAll("input[name=csrfmiddlewaretoken], input[name$='_FORMS']")) {
    body.set(field.name, field.value);
  }
  body.set("do", "autosave");
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
  return body;
}

const send = (body) =>
  fetch(location.pathname, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });

/** After signing in elsewhere the form's token is old: take the one of a page loaded now. */
async function renewToken() {
  const response = await fetch(location.pathname, { redirect: "manual" });
  if (!response.ok) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-log]");
  if (page?.dataset.user !== form.dataset.user) return false;
  form.querySelector("[name=csrfmiddlewaretoken]").value = page.querySelector("[name=csrfmiddlewaretoken]").value;
  return true;
}

/** Take the server's answer: which entries are saved now, and what it has to say. */
function take(html, copy) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  const line = answer.content.querySelector("#save-state");
  const sent = new Map(Object.values(copy?.rows ?? {}).flat().map(({ prefix, values }) => [prefix, values]));
  for (const input of answer.content.querySelectorAll("input[id]")) {
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
  const left = keepCopy();
  if (left && line.dataset.state === "saved") {
    say("saving", "Not saved yet");
    later(PAUSE);
    return;
  }
  const others = Number(line.dataset.said ?? 0) - rowsOf("said").filter((row) => read(row).was).length;
  const words = line.textContent;
  if (others > 0 && line.dataset.state === "saved") {
    const link = [location.pathname, others === 1 ? "Show an entry someone else added" : `Show ${others} entries that others added`];
    say("saved", `${words}.`, link);
  } else say(line.dataset.state, words);
}

/** Save what is not saved yet; true when the server answered, whatever it said about single entries. */
async function attempt() {
  clearTimeout(timer);
  const copy = keepCopy();
  say("saving", "Saving");
  let response;
  try {
    response = await send(bodyOf(copy));
    if (response.status === 403 && (await renewToken())) response = await send(bodyOf(copy));
  } catch {
    return lost(navigator.onLine === false ? "No connection." : "The service is not responding.");
  }
  if (response.type === "opaqueredirect" || response.status === 403) return signedOut();
  if (response.status >= 500 || response.status === 429) return lost("The service is busy.");
  if (!response.ok) {
    say("error", `Not saved. Your words are ${here()}. Try “Save and carry on”.`);
    return true;
  }
  const html = await response.text().catch(() => "");
  if (!html.includes('id="save-state"')) return lost("The reply was incomplete.");
  tries = 0;
  take(html, copy);
  return true;
}

function save() {
  running ??= attempt().finally(() => {
    running = null;
  });
  return running;
}

// --- Working without a connection from the start ---------------------------------------------------------

/** A worker keeps this page and what it is drawn with, so that it opens where there is no signal. */
async function keepPage() {
  if (!navigator.serviceWorker || !window.isSecureContext) return;
  await navigator.serviceWorker.register("/sw.js");
  const { active } = await navigator.serviceWorker.ready;
  const drawn = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
  const assets = drawn.filter((url) => url.origin === location.origin && url.pathname.startsWith("/static/"));
  const { person } = document.documentElement.dataset;
  active.postMessage({ page: location.pathname, person, assets: [...new Set(assets.map((url) => url.pathname))] });
}

// --- Start ------------------------------------------------------------------------------------------------

if (form) {
  own = shelf + tabName();

  /** Without scripts there are several blank rows; with scripts one is enough. */
  for (const row of rowsOf("said").filter((one) => isBlank("said", read(one)) && !one.querySelector(".govuk-error-message")).slice(1)) {
    row.remove();
  }

  takeAsSaved(!("unsaved" in form.dataset));
  if ("unsaved" in form.dataset) keepCopy();
  else restore();

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

  form.addEventListener("input", () => {
    if (!keepCopy()) return;
    if (navigator.onLine === false) say("offline", `No connection. Your words are ${here()}.`);
    else if (!running) say("saving", "Not saved yet");
    later(PAUSE);
  });

  /** A save by hand first goes in the background, so that a lost connection or session never costs the page. */
  let isCleared = false;
  form.addEventListener("submit", async (event) => {
    if (isCleared) return;
    event.preventDefault();
    const { submitter } = event;
    if (running) await running;
    if (!(await save())) return;
    isCleared = true;
    form.requestSubmit(submitter ?? undefined);
    setTimeout(() => (isCleared = false));
  });

  window.addEventListener("online", () => {
    tries = 0;
    if (unsaved()) save();
  });
  document.addEventListener("visibilitychange", () => {
    const copy = keepCopy();
    if (copy && document.visibilityState === "visible") save();
  });
  window.addEventListener("pagehide", keepCopy);
  window.addEventListener("beforeunload", (event) => {
    if (!isKept && unsaved()) event.preventDefault();
  });
  keepPage().catch(() => {});
}
