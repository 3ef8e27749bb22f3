// Switches messages on for this device. The browser asks its owner only after they press the button. Without this script the
// page says what is needed, and lists and removes devices.

const form = document.querySelector("[data-push]");
const words = form?.querySelector("[data-push-words]");
const button = form?.querySelector("[data-push-button]");
const REFUSED = "This browser was told to show no messages from this site. You can change that in its settings, under notifications.";
const FAILED = "That did not work. Check your connection and try again.";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

function say(text, isOffered) {
  words.textContent = text;
  words.hidden = !text;
  button.hidden = !isOffered;
}

async function send(address, values) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  return fetch(address, { method: "POST", body, redirect: "error", headers: { Accept: "application/json" } });
}

/** Ask the browser, then tell the platform where this device is. */
async function switchOn() {
  if ((await Notification.requestPermission()) !== "granted") {
    return say(Notification.permission === "denied" ? REFUSED : "Nothing was switched on.", Notification.permission !== "denied");
  }
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe(); // of another account, or for another key
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) });
  const { endpoint, keys } = made.toJSON();
  const response = await send(form.action, { endpoint, ...keys });
  if (response.ok) return location.reload();
  await made.unsubscribe();
  const { error } = await response.json().catch(() => ({}));
  say(error ?? FAILED, true);
}

/** Which of the devices listed this one is. Messages to one that is no longer listed are switched off. */
async function findThisDevice() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const made = await registration?.pushManager.getSubscription();
  if (!made) return false;
  const response = await send(form.action + "here/", { endpoint: made.endpoint });
  if (!response.ok) return false;
  const { device } = await response.json();
  const row = device && document.querySelector(`[data-push-device="${device}"]`);
  if (!row) {
    await made.unsubscribe();
    return false;
  }
  row.querySelector("[data-push-here]").hidden = false;
  row.querySelector("form").addEventListener("submit", () => made.unsubscribe());
  return true;
}

if (form && window.isSecureContext && navigator.serviceWorker && window.PushManager && window.Notification) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say("Your browser asks whether it may show messages.", true);
    await switchOn().catch(() => say(FAILED, true));
    button.disabled = false;
  });
  const isOn = await findThisDevice().catch(() => false);
  if (isOn && Notification.permission === "granted") say("This device shows messages.", false);
  else if (Notification.permission === "denied") say(REFUSED, false);
  else say("", true);
}
