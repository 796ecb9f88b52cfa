// The SHA-256 of a file that is being uploaded, made beside it by a worker.
const AHEAD = 64 * 1024 * 1024; // how far it may run ahead of the upload

export class FileHash {
  constructor(file, { worker, library, plainLibrary }) {
    this.file = file;
    this.read = 0;
    this.result = new Promise((resolve) => (this.resolve = resolve));
    try {
      this.worker = new Worker(worker, { type: "module" });
    } catch {
      this.giveUp(); // without it the server only counts the bytes
      return;
    }
    this.worker.onmessage = ({ data }) => {
      if (data.read) this.read = data.read;
      if (data.sha256) this.resolve(data.sha256);
      if (data.problem) this.giveUp();
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.giveUp();
    };
    this.worker.postMessage({ file, library, plainLibrary });
  }

  allow(sent) {
    this.worker?.postMessage({ upTo: sent + AHEAD });
  }

  // Resolves to the sum in hex, or to "" when there is none.
  finish() {
    this.allow(this.file.size);
    return this.result;
  }

  giveUp() {
    this.read = this.file.size;
    this.resolve("");
  }

  stop() {
    this.worker?.terminate();
    this.giveUp();
  }
}
