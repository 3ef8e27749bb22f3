// Saves a form by itself, says how saving went, and keeps a copy on this device of every word that is not saved yet, so
// that a lost connection, a closed tab, an ended session or a restarted server costs nothing. The log of a meeting, an
// application and a draft of a charter use it. Each page tells it what is unsaved and how to restore it (docs/decisions/0010).

const PAUSE = 1500; // milliseconds without typing before a save
const PATIENCE = 20_000; // milliseconds before a save counts as lost
const LONGEST_WAIT = 30_000; // milliseconds between two tries

export function freshKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function tabName() {
  try {
    let name = sessionStorage.getItem("impact-tab");
    if (!name) sessionStorage.setItem("impact-tab", (name = freshKey().slice(0, 8)));
    return name;
  } catch {
    return "tab";
  }
}

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

/**
 * Look after one form, whose id and data-user tell it from others. The page has a #save-state line.
 *
 * shelf: how the names of its copies begin, "impact-log:USER:WHAT:"; app.js deletes old ones and those of a signed-out user.
 * unsaved(): everything on the screen that is not known to be saved, or null. putBack(copy): put such a copy back on the
 * screen; how many entries changed. fill(body, copy): put a copy into a request, in the form's own names.
 * take(answer, copy): note what the server's answer says is saved. news(line): a link to what others wrote, or null.
 * saveButton: the label of the button to try by hand. ended: what to say when the session has ended, and the link, if any,
 * as address and words.
 */
export function autosave({ form, shelf, unsaved, putBack, fill, take, news, saveButton, ended }) {
  const own = shelf + tabName(); // this tab's copy
  const adopted = []; // copies of tabs that are gone, put back on this screen
  let isKept = true; // whether this browser lets us keep a copy
  let timer = 0;
  let tries = 0;
  let running = null;

  // --- The copy on this device ---------------------------------------------------------------------------

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
    say("error", `${ended.words} Your words are ${here()}.`, ended.link);
    return false;
  }

  /** Only what is not saved yet goes over the line. */
  function bodyOf(copy) {
    const body = new FormData();
    const token = form.querySelector("[name=csrfmiddlewaretoken]");
    body.set(token.name, token.value);
    body.set("do", "autosave");
    fill(body, copy);
    return body;
  }

  const send = (body) =>
    fetch(location.pathname, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });

  /** After signing in elsewhere the form's token is old: take the one of a page loaded now. */
  async function renewToken() {
    const response = await fetch(location.pathname, { redirect: "manual" });
    if (!response.ok) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html").getElementById(form.id);
    if (page?.dataset.user !== form.dataset.user) return false;
    form.querySelector("[name=csrfmiddlewaretoken]").value = page.querySelector("[name=csrfmiddlewaretoken]").value;
    return true;
  }

  /** Take the server's answer: what is saved now, and what it has to say. */
  function takeAnswer(html, copy) {
    const answer = document.createElement("template");
    answer.innerHTML = html;
    const line = answer.content.querySelector("#save-state");
    take(answer.content, copy);
    const left = keepCopy();
    const isSaved = line.dataset.state === "saved";
    if (left && isSaved) {
      say("saving", "Not saved yet");
      later(PAUSE);
      return;
    }
    const link = isSaved && news?.(line);
    if (link) say("saved", `${line.textContent}.`, link);
    else say(line.dataset.state, line.textContent);
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
      say("error", `Not saved. Your words are ${here()}. Try “${saveButton}”.`);
      return true;
    }
    const html = await response.text().catch(() => "");
    if (!html.includes('id="save-state"')) return lost("The reply was incomplete.");
    tries = 0;
    takeAnswer(html, copy);
    return true;
  }

  function save() {
    running ??= attempt().finally(() => {
      running = null;
    });
    return running;
  }

  // --- Start ----------------------------------------------------------------------------------------------

  if ("unsaved" in form.dataset) keepCopy();
  else restore();

  function changed() {
    if (!keepCopy()) return;
    if (navigator.onLine === false) say("offline", `No connection. Your words are ${here()}.`);
    else if (!running) say("saving", "Not saved yet");
    later(PAUSE);
  }

  form.addEventListener("input", changed);
  if (!("unsaved" in form.dataset) && !running) changed(); // what was typed before this script ran

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
