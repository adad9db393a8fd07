// The service worker of browsers that get push messages (/settings/notifications): it shows them, and does nothing else.
"use strict";

/** What a message says (src/webpush/message.rs); an empty object where it is none. */
function read(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

addEventListener("push", (event) => {
  const { title, body, icon, preferred_locale: lang, notification_id: id } = read(event.data);
  // A browser that is shown nothing for a message ends the subscription.
  const shown = { body, icon, lang, tag: id === undefined ? undefined : `sori-${id}` };
  event.waitUntil(registration.showNotification(title || location.host, shown));
});

/** Opens the notifications: in a page of this server that is there, else in a new one. */
async function open() {
  const [page] = await clients.matchAll({ type: "window" });
  if (!page) return clients.openWindow("/notifications");
  await page.focus();
  return page.navigate("/notifications");
}

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open().catch(() => clients.openWindow("/notifications")));
});
