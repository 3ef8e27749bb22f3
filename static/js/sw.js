// Keeps the log pages that were opened on this device, and what they are drawn with, for places without a signal.
// The network always comes first for pages; the kept one is shown only where there is none.

const PAGES = "impact-log-pages";
const ASSETS = "impact-log-assets";
const isLog = (url) => /^\/meetings\/\d+\/log\/$/.test(url.pathname);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** A page that has just been opened asks to be kept, with its style sheets, scripts and fonts. */
async function keep({ page, assets }) {
  const shelf = await caches.open(ASSETS);
  for (const request of await shelf.keys()) {
    if (!assets.includes(new URL(request.url).pathname)) await shelf.delete(request);
  }
  await Promise.all(assets.map(async (path) => (await shelf.match(path)) ?? shelf.add(path)));
  const response = await fetch(page, { redirect: "manual" });
  if (response.ok) await (await caches.open(PAGES)).put(page, response);
}

self.addEventListener("message", (event) => {
  if (event.data?.page) event.waitUntil(keep(event.data));
});

async function openLog(request, url) {
  try {
    const response = await fetch(request);
    if (response.ok) await (await caches.open(PAGES)).put(url.pathname, response.clone());
    return response;
  } catch {
    return (await caches.match(url.pathname, { cacheName: PAGES })) ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && isLog(url)) event.respondWith(openLog(request, url));
  else if (url.pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request, { cacheName: ASSETS }).then((found) => found ?? fetch(request)));
  }
});
