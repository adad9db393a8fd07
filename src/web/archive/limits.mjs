// What is read of an archive, and why one is not.

/** Files in an archive. */
export const MAX_ENTRIES = 500_000;
/** Bytes of an archive when it is unpacked. */
export const MAX_UNPACKED = 64 * 1024 ** 3;
/** Bytes of a document with posts, which is read as a whole. */
export const MAX_DOCUMENT = 256 * 1024 ** 2;
/** Bytes of a picture, video or sound: the server takes no larger ones. */
export const MAX_FILE = 25 * 1024 ** 2;

/** `code`: unreadable, damaged, too large, no posts, no server. */
export class ArchiveError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Whether a name leads nowhere else. Nothing is written to a disk, but such a name is no file of an archive. */
export function isSafe(name) {
  return name !== "" && name.length <= 1000 && !/^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\0/.test(name);
}
