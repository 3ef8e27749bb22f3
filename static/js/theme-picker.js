// Themes as you type: what begins like it, what holds it, and what is nearly the same, so that one thing keeps one
// name. The list comes with the page, so it works without a connection; without scripts it is the browser's own.

const SHOWN = 6;
const NEARLY = 0.5; // share of letter pairs in common

const source = document.getElementById("themes");
const themes = [...(source?.options ?? [])].map((option) => ({ name: option.value, was: option.dataset.was ?? "" }));
const plain = (text) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim();

function pairs(text) {
  const letters = plain(text).replaceAll(" ", "");
  return new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, n) => letters.slice(n, n + 2)));
}

/** How alike two names are, from 0 to 1: letter pairs in common over letter pairs in all (Dice). */
function likeness(one, other) {
  const [a, b] = [pairs(one), pairs(other)];
  const common = [...a].filter((pair) => b.has(pair)).length;
  return a.size + b.size ? (2 * common) / (a.size + b.size) : 0;
}

/** Up to six themes for what was typed: [name, a word on why]. An earlier name offers the theme that it became. */
function find(typed) {
  const words = plain(typed);
  if (!words) return [];
  const ranked = themes.map(({ name, was }) => {
    const known = plain(was || name);
    const rank = known.startsWith(words) ? 3 : ` ${known}`.includes(` ${words}`) ? 2 : likeness(known, words);
    const why = was ? `was “${was}”` : rank < 2 ? "similar" : "";
    return { name, rank, why };
  });
  const found = new Map();
  for (const { name, rank, why } of ranked.sort((a, b) => b.rank - a.rank)) {
    if (rank >= NEARLY && !found.has(name)) found.set(name, why);
  }
  return [...found].slice(0, SHOWN);
}

let count = 0;

/** Make one field a combobox (WAI-ARIA's pattern with a list that pops up), the first time it is entered. */
function prepare(field) {
  const list = document.createElement("ul");
  list.className = "picker";
  list.id = `picker-${(count += 1)}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Themes");
  list.hidden = true;
  field.removeAttribute("list");
  field.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  })) field.setAttribute(name, value);
  let chosen = -1;

  function close() {
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function mark(number) {
    const options = [...list.children];
    chosen = (number + options.length) % options.length;
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === chosen)));
    field.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    field.value = option.dataset.name;
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  function offer() {
    const found = find(field.value);
    if (!found.length || (found.length === 1 && plain(found[0][0]) === plain(field.value))) return close();
    list.replaceChildren(
      ...found.map(([name, why], n) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${n}`;
        option.dataset.name = name;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = name;
        if (why) {
          const note = document.createElement("span");
          note.className = "picker__note";
          note.textContent = why;
          option.append(" ", note);
        }
        return option;
      }),
    );
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  }

  field.addEventListener("input", offer);
  field.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "ArrowDown") offer();
      return;
    }
    if (event.key === "ArrowDown") mark(chosen + 1);
    else if (event.key === "ArrowUp") mark(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}

document.addEventListener("focusin", (event) => {
  const field = event.target;
  if (field.matches("[data-theme]") && !field.hasAttribute("aria-controls") && themes.length) prepare(field);
});

/** "Add it as a new theme" stands there only while what was typed is not a theme yet. */
function offerNew(row) {
  const box = row.querySelector("[data-new-theme]");
  const words = plain(row.querySelector("[data-theme]")?.value ?? "");
  const tick = box?.querySelector("input");
  if (!tick) return;
  const saved = plain(row.dataset.savedTheme ?? ""); // it may be newer than the list, which came with the page
  box.hidden = !words || words === saved || themes.some(({ name, was }) => plain(was || name) === words);
  if (box.hidden) tick.checked = false;
  tick.nextElementSibling.textContent = words ? `Add it as a new theme: “${row.querySelector("[data-theme]").value.trim()}”` : "Add it as a new theme";
}

document.addEventListener("input", (event) => {
  const row = event.target.matches("[data-theme]") && event.target.closest("[data-theme-row]");
  if (!row) return;
  const tick = row.querySelector("[data-new-theme] input");
  if (tick) tick.checked = false; // it was meant for the words as they were
  offerNew(row);
}, true);
document.addEventListener("log-row-shown", (event) => offerNew(event.target));
for (const row of document.querySelectorAll("[data-theme-row]")) offerNew(row);
