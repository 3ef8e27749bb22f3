// Small helps for every page. Nothing here is needed: each page and form works without it.

document.documentElement.classList.add("js");

/** Move focus to the error summary, so that screen-reader and zoom users meet it first. */
function focusErrorSummary(root = document) {
  const summary = root.querySelector("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  // After "Skip to main content" the address ends in #main, and the browser moves the focus there once the page is drawn.
  const away = new AbortController();
  document.getElementById("main")?.addEventListener("focus", () => summary.focus(), { once: true, signal: away.signal });
  for (const type of ["keydown", "pointerdown"]) document.addEventListener(type, () => away.abort(), { once: true });
}

/** A link in the error summary leads to its field, with the label in view. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const group = field.closest(".govuk-form-group") ?? field;
  group.scrollIntoView({ block: "start" });
  (field.matches("input, select, textarea, button") ? field : field.querySelector("input, select, textarea"))?.focus({ preventScroll: true });
});

/** <form data-confirm="Remove the meeting of 24 July 2022?" data-confirm-button="Remove meeting"> asks before it is sent. */
function confirmBox(form, submitter) {
  const box = document.createElement("dialog");
  box.className = "confirm";
  const title = document.createElement("h2");
  title.id = "confirm-title";
  title.textContent = form.dataset.confirm;
  const buttons = document.createElement("div");
  buttons.className = "govuk-button-group";
  const yes = document.createElement("button");
  yes.type = "button";
  yes.className = `govuk-button${submitter?.matches(".govuk-button--warning, .govuk-button--quiet, .govuk-button--secondary") ? " govuk-button--warning" : ""}`;
  yes.textContent = form.dataset.confirmButton || submitter?.textContent.trim() || "Yes, continue";
  const no = document.createElement("button");
  no.type = "button";
  no.className = "govuk-button govuk-button--secondary";
  no.textContent = "Cancel";
  no.autofocus = true;
  buttons.append(yes, no);
  box.setAttribute("aria-labelledby", title.id);
  box.append(title);
  if (form.dataset.confirmDetail) {
    const detail = document.createElement("p");
    detail.textContent = form.dataset.confirmDetail;
    box.append(detail);
  }
  box.append(buttons);
  document.body.append(box);
  no.addEventListener("click", () => box.close());
  yes.addEventListener("click", () => {
    form.dataset.confirmed = "yes";
    box.close();
    form.requestSubmit(submitter ?? undefined);
  });
  box.addEventListener("close", () => box.remove());
  box.showModal();
}

/** Signing out deletes local copies, so ask first when text on this device is not saved yet. */
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-sign-out]")) return;
    const left = logCopies();
    if (left.length && form.dataset.confirmed !== "yes") {
      form.dataset.confirm = "Some text on this device is not saved yet";
      form.dataset.confirmDetail = "Open the page you wrote it on to save it first. If you sign out now, it will be deleted.";
      form.dataset.confirmButton = "Sign out and delete";
      return;
    }
    for (const name of left) localStorage.removeItem(name);
    forgetLogPages();
  },
  true,
);

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.dataset.confirm || !window.HTMLDialogElement) return;
    if (form.dataset.confirmed === "yes") {
      delete form.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    confirmBox(form, event.submitter);
  },
  true,
);

/** A form with data-once cannot be sent twice by a double tap. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset) || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
});

/** Menus made of <details data-menu> close on Escape and on a click elsewhere. */
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

/**
 * Add another row to a formset. The wrapper is [data-repeat="PREFIX"]; it holds a <template> with __prefix__
 * in names and ids, a [data-repeat-rows] list and a [data-repeat-add] button.
 */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-repeat-add]");
  const wrapper = button?.closest("[data-repeat]");
  if (!wrapper) return;
  const total = document.querySelector(`[name="${CSS.escape(`${wrapper.dataset.repeat}-TOTAL_FORMS`)}"]`);
  const template = wrapper.querySelector("template");
  const rows = wrapper.querySelector("[data-repeat-rows]");
  const number = Number(total.value);
  const fresh = document.createElement("template");
  fresh.innerHTML = template.innerHTML.replaceAll("__prefix__", number).replaceAll("__number__", number + 1);
  rows.append(fresh.content);
  total.value = number + 1;
  window.htmx?.process(rows.lastElementChild);
  rows.lastElementChild.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});

/** "Show password" beside a password field: <button data-reveal="FIELD_ID">. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  const field = button && document.getElementById(button.dataset.reveal);
  if (!field) return;
  const hidden = field.type === "password";
  field.type = hidden ? "text" : "password";
  button.textContent = hidden ? "Hide password" : "Show password";
  button.setAttribute("aria-pressed", String(hidden));
});

/** data-copy="ELEMENT_ID" copies its text and says so. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const source = button && document.getElementById(button.dataset.copy);
  if (!source) return;
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  button.textContent = "Copied";
});

/** Names of the copies that logs keep on this device: impact-log:USER:MEETING:TAB; ``of``: USER:MEETING. */
function logCopies(of) {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(of ? `impact-log:${of}:` : "impact-log:"));
  } catch {
    return [];
  }
}

/** Delete unsaved local copies of every person on the device after two weeks. */
const COPY_KEPT = 14 * 86_400_000; // milliseconds
for (const name of logCopies()) {
  let copy = null;
  try {
    copy = JSON.parse(localStorage.getItem(name));
  } catch {
    // No one can read it any more.
  }
  if (!(copy?.at > Date.now() - COPY_KEPT)) localStorage.removeItem(name);
}

/**
 * Pages of logs kept for places without a signal belong to one account (sw.js names their cache after it). They go when a
 * log is finished, when no one is signed in, and when someone else is.
 */
async function forgetLogPages(keptFor) {
  try {
    for (const name of await caches.keys()) {
      if (name.startsWith("impact-log-pages") && name !== `impact-log-pages:${keptFor}`) await caches.delete(name);
    }
  } catch {
    // This browser keeps no pages.
  }
}

/** A page that the browser kept whole and brings back with the Back button asks again who is signed in. */
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.documentElement.dataset.person) location.reload();
});

for (const note of document.querySelectorAll("[data-tags^='log-saved-']")) {
  for (const name of logCopies(note.dataset.tags.replace("log-saved-", ""))) localStorage.removeItem(name);
  if (!document.querySelector("[data-log]")) forgetLogPages();
}
forgetLogPages(document.documentElement.dataset.person);

/**
 * Tell the platform, once after each sign-in, who uses a browser that shows messages (push.js). Where it is not on this person's
 * list, because someone else signed in or it was removed, messages to it are switched off.
 */
async function sayWhoseDevice(person) {
  if (window.Notification?.permission !== "granted" || !navigator.serviceWorker) return;
  const said = "impact-push-said"; // who was last named from this tab; signing in again names them again
  if (!person) sessionStorage.removeItem(said);
  if (!person || sessionStorage.getItem(said) === person) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  const made = await registration?.pushManager?.getSubscription();
  if (!made) return;
  const headers = JSON.parse(document.body.dataset.hxHeaders);
  const body = new URLSearchParams({ endpoint: made.endpoint });
  const response = await fetch("/account/notices/devices/here/", { method: "POST", body, headers, redirect: "error" });
  if (!response.ok) return;
  if ((await response.json()).device) sessionStorage.setItem(said, person);
  else await made.unsubscribe();
}
if (!document.querySelector("[data-push]")) sayWhoseDevice(document.documentElement.dataset.person).catch(() => {});

document.addEventListener("htmx:afterSwap", (event) => focusErrorSummary(event.target));
focusErrorSummary();
