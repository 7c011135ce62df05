/** The service worker of notifications: shows what is pushed, opens what is clicked, tells of a new subscription. */
const HOME = "/me/notifications/";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

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
