// The SHA-256 of a file that is being uploaded, made beside it by a worker.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const AHEAD = 64 * 1024 * 1024; // how far it may run ahead of the upload

  class Sum {
    constructor(file, { worker, library, plainLibrary }) {
      this.file = file;
      this.read = 0;
      this.result = new Promise((resolve) => (this.tell = resolve));
      try {
        this.worker = new Worker(worker);
      } catch {
        return this.giveUp(); // without it the server only counts the bytes
      }
      this.worker.onmessage = ({ data }) => {
        if (data.read) this.read = data.read;
        if (data.sha256) this.tell(data.sha256);
        if (data.problem) this.giveUp();
      };
      this.worker.onerror = (event) => {
        event.preventDefault();
        this.giveUp();
      };
      this.worker.postMessage({ file, library, plainLibrary });
    }

    upTo(sent) { this.worker?.postMessage({ upTo: sent + AHEAD }); }

    // Resolves to the sum in hex, or to "" when there is none.
    whole() {
      this.upTo(this.file.size);
      return this.result;
    }

    giveUp() {
      this.read = this.file.size;
      this.tell("");
    }

    stop() {
      this.worker?.terminate();
      this.giveUp();
    }
  }

  portal.bringing = { ...portal.bringing, Sum };
})();
