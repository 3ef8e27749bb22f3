/** Scoring an application: number keys choose a score, Ctrl+Enter submits, and what is written is saved as a draft. */

const form = document.querySelector("[data-assess]");
const WAIT = 1200;  // milliseconds without a key before a draft is saved

if (form) {
  const state = form.querySelector("[data-save-state]");
  state.hidden = false;
  const version = form.querySelector("[name=version]");
  const written = () => {
    const data = new FormData(form);
    data.delete("version");
    data.delete("csrfmiddlewaretoken");
    return JSON.stringify([...data]);
  };
  let saved = written(), timer = 0, running = null, isLeaving = false, isStuck = false;

  const say = (name, words) => {
    state.dataset.state = name;
    state.firstElementChild.textContent = words;
  };

  const send = async () => {
    const now = written();
    if (isStuck) return;
    if (now === saved) {
      say("saved", "Draft saved.");
      return;
    }
    say("saving", "Saving…");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), headers: { "X-Autosave": "yes", Accept: "application/json" },
      });
      const found = await answer.json();
      if (answer.ok) {
        saved = now;
        version.value = found.version;
        say("saved", "Draft saved.");
      } else {
        isStuck = answer.status === 409;
        say("error", found.error);
      }
    } catch {
      say("offline", "Not saved: no connection. We try again when you write on.");
    }
  };

  /** One save at a time, so that each carries the version that the one before it made. */
  const save = () => {
    clearTimeout(timer);
    running = (running ?? Promise.resolve()).then(send);
    return running;
  };

  form.addEventListener("input", () => {
    if (!isStuck) say("saving", "Not saved yet.");
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  });
  form.addEventListener("change", save);

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[name=submit]"));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea")) return;
    const choice = event.target.closest("[data-criterion]")?.querySelector(`input[type=radio][value="${CSS.escape(event.key)}"]`);
    if (!choice) return;
    event.preventDefault();
    choice.checked = true;
    choice.focus();
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  });

  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (running && !form.dataset.settled) {  // a save under way brings a new version
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = event.submitter;
      running.then(() => {
        form.dataset.settled = "yes";
        form.requestSubmit(button ?? undefined);
      });
      return;
    }
    isLeaving = true;
    setTimeout(() => {
      isLeaving = false;
      delete form.dataset.settled;
    }, 4000);
  }, { capture: true });

  window.addEventListener("beforeunload", (event) => {
    if (!isLeaving && written() !== saved) event.preventDefault();
  });
}
