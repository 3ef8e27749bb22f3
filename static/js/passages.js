/** Passages of a charter or a report. Reading: select words, then "Suggest a change here". Writing: find a passage in the text box. */

const LONGEST = 600;  // characters of a selection, which travels in an address
const CONTEXT = 64;

const tidy = (words) => words.replace(/\s+/g, " ");

/** The words before or after the selection in its section, without the numbers of suggestions. */
function around(section, range, before) {
  const other = document.createRange();
  other.selectNodeContents(section);
  if (before) other.setEnd(range.startContainer, range.startOffset);
  else other.setStart(range.endContainer, range.endOffset);
  return wordsOf(other);
}

function wordsOf(range) {
  const part = range.cloneContents();
  for (const link of part.querySelectorAll(".passage__link")) link.remove();
  for (const block of part.querySelectorAll("p, li, h2, h3, h4, td, th, br, pre")) block.append(" ");
  return part.textContent;
}

const sections = document.querySelectorAll("[data-suggest]");

if (sections.length) {
  const bar = document.createElement("div");
  bar.className = "passage-bar no-print";
  bar.hidden = true;
  const link = document.createElement("a");
  link.className = "govuk-button";
  const status = document.createElement("p");
  status.className = "small";
  status.setAttribute("role", "status");
  bar.append(status, link);

  const look = () => {
    const selection = getSelection();
    const range = selection.rangeCount ? selection.getRangeAt(0) : null;
    const at = range && [...sections].find((section) => section.contains(range.commonAncestorContainer));
    const quote = at && !selection.isCollapsed ? tidy(wordsOf(range)).trim() : "";
    if (quote.length < 2) {
      if (!bar.contains(document.activeElement)) bar.hidden = true;
      return;
    }
    const isLong = quote.length > LONGEST;
    status.textContent = isLong ? "Select fewer words, or suggest a change in the whole section." : `“${quote.slice(0, 80)}${quote.length > 80 ? "…" : ""}”`;
    link.hidden = isLong;
    link.textContent = at.dataset.suggestLabel ?? "Suggest a change here";
    const address = new URL(at.dataset.suggest, location.href);
    address.searchParams.set("quote", quote);
    address.searchParams.set("before", tidy(around(at, range, true)).slice(-CONTEXT));
    address.searchParams.set("after", tidy(around(at, range, false)).slice(0, CONTEXT));
    link.href = address.href;
    at.after(bar);  // the next stop of the Tab key
    bar.hidden = false;
  };
  let timer = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 200);
  });
}

/** In Markdown a passage has signs between its words, so that its words are looked for one after the other. */
function select(area, quote) {
  const words = tidy(quote).trim().split(" ").map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const found = area.value.match(new RegExp(words.join("[\\s*_>#\\-\\d.]+"), "u"));
  if (!found) return false;
  area.focus();
  area.setSelectionRange(found.index, found.index + found[0].length);
  return true;
}

function showPassage(pk) {
  const words = document.querySelector(`[data-passage="${CSS.escape(pk)}"]`);
  const area = words && document.getElementById(words.closest("[data-passages-for]").dataset.passagesFor);
  return Boolean(area) && select(area, words.textContent);
}

for (const button of document.querySelectorAll("[data-find-passage]")) {
  button.addEventListener("click", () => {
    if (!showPassage(button.dataset.findPassage)) button.textContent = "The text no longer has these words";
  });
}
const asked = new URLSearchParams(location.search).get("suggestion");
if (asked && document.querySelector("[data-passages-for]")) showPassage(asked);
