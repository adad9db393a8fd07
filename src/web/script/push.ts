// /settings/notifications: subscribes this browser to push messages. What the push service answers is sent by the page's own form.
import { settle, warn } from "./page.ts";

/** The worker's address. This page alone may register one (Trusted Types), and only this one. */
function workerAddress(): string {
  const types = (window as any).trustedTypes;
  return types ? types.createPolicy("sori-push", { createScriptURL: () => "/push.js" }).createScriptURL("") : "/push.js";
}

const base64url = (key: ArrayBuffer | null) => btoa(String.fromCharCode(...new Uint8Array(key ?? new ArrayBuffer(0)))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The subscription of this browser with this key of the server. One with another key is of no use any more. */
async function subscribe(address: string, key: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register(address);
  const { pushManager } = await navigator.serviceWorker.ready;
  // Browsers take no padding.
  const options = { userVisibleOnly: true, applicationServerKey: key.replaceAll("=", "") };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    const old = await pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    return await pushManager.subscribe(options);
  }
}

export function start() {
  const form = document.querySelector<HTMLFormElement>("form[data-push]");
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const address = workerAddress();
  const button = form.querySelector<HTMLButtonElement>("button[type=button]")!;
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  button.hidden = false;
  document.querySelector(".without-push")?.remove();
  button.addEventListener("click", async () => {
    settle();
    button.disabled = true;
    try {
      // A browser asks for this only in answer to a click.
      if ((await Notification.requestPermission()) !== "granted") return warn(form.dataset.denied!);
      const subscription = await subscribe(address, form.dataset.push!);
      field("endpoint").value = subscription.endpoint;
      field("p256dh").value = base64url(subscription.getKey("p256dh"));
      field("auth").value = base64url(subscription.getKey("auth"));
      form.requestSubmit();
    } catch {
      warn(form.dataset.failed!);
    } finally {
      button.disabled = false;
    }
  });
}
