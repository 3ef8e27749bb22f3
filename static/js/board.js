// The brainstorm board: cards go up without leaving the page, others' cards appear by themselves, and a card can be
// dragged. Each card also moves by its buttons, so the keyboard and a screen reader do everything that a mouse does.

const board = document.querySelector("[data-board]");
const EVERY = 5000; // milliseconds between polls for others' cards
let busy = 0;

const line = () => document.getElementById("board-state");

function say(state, words) {
  line().dataset.state = state;
  line().textContent = words;
}

/** Put a fresh board in place; what is being written in the "new card" fields stays, and so does the focus. */
function show(html, clear) {
  const focused = document.activeElement?.id;
  const drafts = [...board.querySelectorAll("[data-board-add]")].filter((form) => form.id !== clear).map((form) => [form.id, new FormData(form)]);
  board.innerHTML = html;
  for (const [id, draft] of drafts) {
    const form = document.getElementById(id);
    for (const name of ["key", "words", "theme"]) form.elements[name].value = draft.get(name);
    form.elements.new_theme.checked = draft.has("new_theme");
  }
  for (const row of board.querySelectorAll("[data-theme-row]")) row.dispatchEvent(new Event("log-row-shown", { bubbles: true }));
  const field = focused ? document.getElementById(focused) : null; // a button without an id has the focus, too
  if (field && !field.disabled) field.focus();
  else field?.closest(".board__tools")?.querySelector("button:not(:disabled)")?.focus();
}

async function send(address, body, clear) {
  busy += 1;
  say("saving", "Saving");
  try {
    const headers = { "X-Board": "1" };
    const response = await fetch(address, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(20_000) });
    if (response.type === "opaqueredirect" || response.status === 403) {
      say("error", "You are signed out. Keep this page open, sign in again in another tab, then try again.");
      return false;
    }
    const html = await response.text();
    if (!html.includes('id="board-state"')) throw new Error("not a board");
    show(html, response.ok ? clear : "");
    return response.ok;
  } catch {
    say("offline", "No connection. Your words are still in the field. Try again when you are back online.");
    return false;
  } finally {
    busy -= 1;
  }
}

async function look() {
  const isWriting = board.querySelector("details[open]") || board.contains(document.activeElement);
  if (document.hidden || busy || isWriting) return;
  try {
    const response = await fetch(board.dataset.address, { headers: { "X-Board": "1" }, redirect: "manual" });
    if (!response.ok || busy) return;
    const html = await response.text();
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const cards = (root) => [...root.querySelectorAll("[data-card]")].map((card) => card.dataset.card + card.textContent).join();
    if (cards(fresh.content) !== cards(board)) show(html);
  } catch {
    // The next poll tries again; saving says when there is no connection.
  }
}

if (board) {
  board.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    const { submitter } = event;
    const body = new FormData(form, submitter);
    if (form.matches("[data-board-add]")) {
      const { id } = form;
      if (await send(form.action, body, id)) document.getElementById(id).elements.words.focus();
    } else await send(form.action, body);
  });

  /** Enter puts the card up; Shift and Enter starts a new line. */
  board.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (!event.target.matches("[data-board-add] textarea")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  let dragged = null;
  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-card]");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged?.dataset.card ?? "");
    dragged?.classList.add("is-dragged");
  });
  board.addEventListener("dragend", () => dragged?.classList.remove("is-dragged"));
  board.addEventListener("dragover", (event) => {
    if (dragged && event.target.closest("[data-side]")) event.preventDefault();
  });
  board.addEventListener("drop", (event) => {
    const side = event.target.closest("[data-side]");
    if (!dragged || !side) return;
    event.preventDefault();
    const before = [...side.querySelectorAll("[data-card]")].find((card) => {
      const box = card.getBoundingClientRect();
      return card !== dragged && event.clientY < box.top + box.height / 2;
    });
    const form = dragged.querySelector("[data-board-move]");
    const body = new FormData(form);
    body.set("direction", before ? "before" : "last");
    body.set("kind", side.dataset.side);
    if (before) body.set("before", before.dataset.card);
    send(form.action, body);
    dragged = null;
  });

  setInterval(look, EVERY);
}
