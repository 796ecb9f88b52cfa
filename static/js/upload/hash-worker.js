// The SHA-256 of a whole file, beside its upload and never far ahead of it, so that the disk reads each piece once.
// Gets {file, library, plainLibrary}, then {upTo} as the upload goes on; posts {read} after each piece, and {sha256} at
// the end.
import { PieceHasher } from "./hash-pieces.js";

let hasher = null;
let allowed = 0;

// WebAssembly is four times as fast; some browsers lock it away, and a proxy's Content-Security-Policy may.
async function makeHash(library, plainLibrary) {
  try {
    await import(library);
    const sum = await self.hashwasm.createSHA256();
    return { add: (bytes) => sum.update(new Uint8Array(bytes)), hex: () => sum.digest("hex") };
  } catch {
    await import(plainLibrary);
    const sum = self.sha256.create();
    return { add: (bytes) => sum.update(bytes), hex: () => sum.hex() };
  }
}

async function hashFile({ file, library, plainLibrary }) {
  const hash = await makeHash(library, plainLibrary);
  hasher = new PieceHasher(file, hash, { onRead: (read) => self.postMessage({ read }) });
  hasher.allow(allowed);
  self.postMessage({ sha256: await hasher.run() });
}

self.onmessage = ({ data }) => {
  if (!data.file) {
    allowed = data.upTo;
    hasher?.allow(allowed);
    return;
  }
  // A file that cannot be read any more: whoever uploads it finds out too, and says so.
  hashFile(data).catch((problem) => self.postMessage({ problem: String(problem) }));
};
