// The SHA-256 of a whole file, beside its upload and never far ahead of it, so that the disk reads each piece once.
// Gets {file, library}, then {upTo} as the upload goes on; posts {read} after each piece, and {sha256} at the end.
"use strict";
const PIECE = 4 * 1024 * 1024;
let allowed = 0;
let goOn = () => {};

async function hash({ file, library }) {
  self.importScripts(library);
  const sum = self.sha256.create();
  for (let at = 0; at < file.size; at += PIECE) {
    while (at > allowed) await new Promise((resolve) => (goOn = resolve));
    sum.update(await file.slice(at, at + PIECE).arrayBuffer());
    self.postMessage({ read: Math.min(at + PIECE, file.size) });
  }
  self.postMessage({ sha256: sum.hex() });
}

self.onmessage = ({ data }) => {
  if (!data.file) {
    allowed = data.upTo;
    return goOn();
  }
  // A file that cannot be read any more: whoever uploads it finds out too, and says so.
  hash(data).catch((problem) => self.postMessage({ problem: String(problem) }));
};
