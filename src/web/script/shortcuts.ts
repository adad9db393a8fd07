// Which key was pressed, and where g and a key lead.

/** Addresses by the key after g, and the names of their words. */
export const WAYS: Record<string, [string, string]> = {
  h: ["/home", "home"],
  n: ["/notifications", "notifications"],
  l: ["/public/local", "local"],
  t: ["/public", "federated"],
  d: ["/conversations", "direct"],
  f: ["/favourites", "favourites"],
};

/** The key by its letter on a Latin keyboard: a Korean one has others on the same keys. */
export function keyOf({ key, code, shiftKey }: { key: string; code: string; shiftKey: boolean }): string {
  if (key.length !== 1 || key.codePointAt(0)! < 0x80) return key.length === 1 && key !== "?" ? key.toLowerCase() : key;
  if (code === "Slash") return shiftKey ? "?" : "/";
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key;
}
