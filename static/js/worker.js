/** The service worker: a page for when the server cannot be reached, and notifications. It keeps nothing that belongs
 * to anybody: only the offline page, which is the same for all, and the files that it is made of. */
const HOME = "/me/notifications/", OFFLINE = "/offline/", SHELF = "offline";

/** The offline page and what it links to, as they are now. */
async function stock() {
  const response = await fetch(OFFLINE, { credentials: "omit", cache: "no-store" });
  if (!response.ok) return;
  const shelf = await caches.open(SHELF), html = await response.clone().text();
  const files = [...html.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(([, address]) => address);
  const linked = await Promise.all(files.map((address) => modules(address)));
  await shelf.addAll([...new Set(linked.flat())]);
  await shelf.put(OFFLINE, response);
  const wanted = new Set([OFFLINE, ...linked.flat()]);
  for (const request of await shelf.keys()) if (!wanted.has(new URL(request.url).pathname)) await shelf.delete(request);
}

/** A file, and for a script those that it imports. */
async function modules(address, known = new Set()) {
  if (known.has(address)) return [];
  known.add(address);
  if (!/\.js$/.test(address)) return [address];
  const text = await (await fetch(address)).text();
  const imported = [...text.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)].map(([, path]) => new URL(path, new URL(address, self.location.origin)).pathname);
  return [address, ...(await Promise.all(imported.map((path) => modules(path, known)))).flat()];
}

self.addEventListener("install", (event) => { self.skipWaiting(); event.waitUntil(stock().catch(() => {})); });
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** Pages come from the server alone; when it cannot be reached, the offline page stands in. */
self.addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(async () => (await caches.match(OFFLINE)) ?? Response.error()));
  else if (address.pathname.startsWith("/static/")) event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
});

self.addEventListener("message", (event) => { if (event.data === "stock") event.waitUntil(stock().catch(() => {})); });

/** What a push says; one that cannot be read is still worth a look. */
function read(event) {
  try {
    return event.data.json();
  } catch {
    return { title: "Notification", body: "Open the list to read it", url: HOME };
  }
}

self.addEventListener("push", (event) => {
  const { title, body, url, tag, urgent } = read(event);
  const options = { body, tag, data: { url }, requireInteraction: Boolean(urgent) };
  event.waitUntil(self.registration.showNotification(title || "Notification", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const there = new URL(event.notification.data?.url || HOME, self.location.origin);
  const path = there.origin === self.location.origin ? there.href : HOME;
  event.waitUntil(self.clients.openWindow(path));
});

/** The browser replaced its subscription: the server hears of it with the session of whoever is signed in. */
self.addEventListener("pushsubscriptionchange", (event) => {
  const { oldSubscription, newSubscription } = event;
  if (!oldSubscription || !newSubscription) return;
  const { endpoint, keys, expirationTime } = newSubscription.toJSON();
  event.waitUntil(fetch("/api/agents/me/notifications/update_web_push", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      old_endpoint: oldSubscription.endpoint,
      endpoint, key_p256dh: keys.p256dh, key_auth: keys.auth, expires_at: expirationTime,
    }),
  }));
});
