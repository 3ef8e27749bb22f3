// Keeps the pages of logs, applications and drafts of charters that were opened on this device, and what they are drawn with, for places
// without a signal.
// The network always comes first for pages; the kept one is shown only where there is none.
// It also shows messages on devices where their owner switched them on (push.js).

const PAGES = "impact-log-pages:"; // and who opened them, as data-person says; app.js deletes those of anyone else
const ASSETS = "impact-log-assets";
const KEPT = /^\/(meetings\/\d+\/log|rounds\/[^/]+\/apply\/[^/]+\/section\/\d+|co-production\/charters\/\d+\/edit)\/$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** A page that has just been opened asks to be kept for its reader, with its style sheets, scripts and fonts. */
async function keep({ page, person, assets }) {
  const shelf = await caches.open(ASSETS);
  for (const request of await shelf.keys()) {
    if (!assets.includes(new URL(request.url).pathname)) await shelf.delete(request);
  }
  await Promise.all(assets.map(async (path) => (await shelf.match(path)) ?? shelf.add(path)));
  const response = await fetch(page, { redirect: "manual" });
  if (!response.ok || !person) return;
  const isTheirs = (await response.clone().text()).includes(`data-person="${person}"`);
  if (isTheirs) await (await caches.open(PAGES + person)).put(page, response);
}

/** Delete the pages kept for any account: no one is signed in. */
async function forgetPages() {
  for (const name of await caches.keys()) if (name.startsWith(PAGES)) await caches.delete(name);
}

self.addEventListener("message", (event) => {
  if (event.data?.page) event.waitUntil(keep(event.data));
});

async function openKept(request, url) {
  try {
    const response = await fetch(request);
    if (response.type === "opaqueredirect") await forgetPages(); // to the page for signing in
    return response;
  } catch {
    for (const name of await caches.keys()) {
      const kept = name.startsWith(PAGES) && (await caches.match(url.pathname, { cacheName: name }));
      if (kept) return kept;
    }
    return Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && KEPT.test(url.pathname)) event.respondWith(openKept(request, url));
  else if (url.pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request, { cacheName: ASSETS }).then((found) => found ?? fetch(request)));
  }
});

// --- Messages -------------------------------------------------------------------------------------------

/** A page of this site, whatever a message says. */
function ownAddress(path) {
  try {
    const url = new URL(path, self.location.origin);
    if (url.origin === self.location.origin) return url.href;
  } catch {
    // No address at all.
  }
  return `${self.location.origin}/notices/`;
}

function readMessage(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

self.addEventListener("push", (event) => {
  const { body, path, tag } = readMessage(event.data);
  const words = body || "There is something new for you";
  const shown = self.registration.showNotification("IMPACT", { body: words, tag: tag || "", lang: "en-GB", data: { path } });
  event.waitUntil(shown);
});

async function open(address) {
  for (const tab of await self.clients.matchAll({ type: "window" })) {
    if (tab.url === address) return tab.focus();
  }
  return self.clients.openWindow(address);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(ownAddress(event.notification.data?.path ?? "/notices/")));
});
