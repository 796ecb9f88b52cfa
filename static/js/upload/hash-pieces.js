// Hashing a file piece by piece, never further than is allowed. Knows no worker: `hash` adds up, `onRead` is called
// after each piece.
export const PIECE = 4 * 1024 * 1024;

export class PieceHasher {
  constructor(file, hash, { piece = PIECE, onRead = () => {} } = {}) {
    Object.assign(this, { file, hash, piece, onRead, allowed: 0, goOn: () => {} });
  }

  // Pieces that begin at this byte or before it may be read.
  allow(upTo) {
    this.allowed = upTo;
    this.goOn();
  }

  // Resolves to the sum in hex.
  async run() {
    for (let at = 0; at < this.file.size; at += this.piece) {
      while (at > this.allowed) await new Promise((resolve) => (this.goOn = resolve));
      this.hash.add(await this.file.slice(at, at + this.piece).arrayBuffer());
      this.onRead(Math.min(at + this.piece, this.file.size));
    }
    return this.hash.hex();
  }
}
