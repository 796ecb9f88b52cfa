// The SHA-256 of a whole file, beside its upload and never far ahead of it, so that the disk reads each piece once.
// Gets {file, library, plainLibrary}, then {upTo} as the upload goes on; posts {read} after each piece, and {sha256} at the end.
"use strict";
const PIECE = 4 * 1024 * 1024;
let allowed = 0;
let goOn = () => {};

// WebAssembly is four times as fast; some browsers lock it away, and a proxy's Content-Security-Policy may.
async function counter(library, plainLibrary) {
  try {
    self.importScripts(library);
    const sum = await self.hashwasm.createSHA256();
    return { add: (bytes) => sum.update(new Uint8Array(bytes)), hex: () => sum.digest("hex") };
  } catch {
    self.importScripts(plainLibrary);
    const sum = self.sha256.create();
    return { add: (bytes) => sum.update(bytes), hex: () => sum.hex() };
  }
}

async function hash({ file, library, plainLibrary }) {
  const sum = await counter(library, plainLibrary);
  for (let at = 0; at < file.size; at += PIECE) {
    while (at > allowed) await new Promise((resolve) => (goOn = resolve));
    sum.add(await file.slice(at, at + PIECE).arrayBuffer());
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
