// Searching from any page: a shortcut, and links to what has such a title while one types. The box works without it.

const SLASH_OFF = "impact-search-slash-off"; // a choice of this device; what is searched for is kept nowhere

function slashIsOff() {
  try {
    return localStorage.getItem(SLASH_OFF) === "yes";
  } catch {
    return false;
  }
}

/** Ctrl or ⌘ with K, and / outside of fields, lead to the search box. */
document.addEventListener("keydown", (event) => {
  const isField = event.target.closest?.("input, textarea, select, [contenteditable]");
  const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isField && !slashIsOff();
  const isLetter = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!isSlash && !isLetter) return;
  if (document.querySelector("dialog[open]")) return;
  const box = document.querySelector("[data-find-page] [name=q]") ?? document.getElementById("find-q");
  const link = document.querySelector(".find-link");
  if (box?.checkVisibility?.() ?? box) box.focus();
  else if (link) location.assign(link.href);
  else return;
  event.preventDefault();
  box?.select?.();
});

/** Turning / off, for people whose voice control or switches press it by accident. */
const turn = document.querySelector("[data-find-slash]");
function say() {
  turn.textContent = slashIsOff() ? "Turn the / key on" : "Turn the / key off";
}
if (turn) {
  say();
  turn.addEventListener("click", () => {
    try {
      if (slashIsOff()) localStorage.removeItem(SLASH_OFF);
      else localStorage.setItem(SLASH_OFF, "yes");
    } catch {
      // This browser keeps nothing, so the key stays on.
    }
    say();
  });
}

/** Links below the box: Tab or the arrows lead to them, Escape closes them. */
for (const form of document.querySelectorAll("[data-find]")) {
  const box = form.querySelector("[name=q]");
  const list = form.querySelector("[data-find-list]");
  const status = form.querySelector("[data-find-status]");
  let waiting = 0;
  let asked = null;

  function close() {
    asked?.abort();
    clearTimeout(waiting);
    list.hidden = true;
    status.textContent = "";
  }

  async function suggest() {
    asked?.abort();
    asked = new AbortController();
    const text = box.value.trim();
    if (text.length < 2) return close();
    try {
      const answer = await fetch(`${form.dataset.find}?${new URLSearchParams({ q: text })}`, { signal: asked.signal, headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) return close();
      list.innerHTML = await answer.text();
    } catch {
      return; // a later letter took over, or there is no network
    }
    const number = list.querySelectorAll("a").length;
    list.hidden = !number;
    status.textContent = number ? `${number} ${number === 1 ? "suggestion" : "suggestions"} below` : "";
  }

  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, 200);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
      box.focus();
    }
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || list.hidden) return;
    const links = [box, ...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    links[Math.max(0, Math.min(links.length - 1, at))].focus();
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) close();
  });
  form.addEventListener("submit", close);
}
