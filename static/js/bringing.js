// Bringing files to the portal, whatever the connection does. No page in here: boxes and lists draw what this tells.
//
//   const coming = portal.bring(file, { kind, asset, onprogress, onchange, ondone, ontrouble });
//
// kind: "video" or "background"; asset: the id of the draft it is for (optional). To go on with an upload that the
// server still receives, add `url` (its address) and, if known, `from` (the bytes that are there).
// Any number may be brought at once: two are sent at a time, the others stand in the queue, first come first served.
//
// coming.state   "queued"    waits for its turn
//                "starting"  being announced
//                "sending"
//                "waiting"   goes on by itself. `why`: "offline", "lost" (connection), "signed-out", "busy" (another
//                            window sends it), "full" (no room on the server), "unwell" (the server answers errors);
//                            `retryAt`: when, in milliseconds since 1970, 0 while it is being tried
//                "paused"    by pause()
//                "checking"  everything has arrived, the server looks at it
//                "done"      usable                          -> ondone(coming)
//                "refused"   arrived, but not usable         -> ontrouble(coming); `trouble` says why. Seldom after "done",
//                            when comparing took longer and showed that the file was damaged on the way
//                "failed"    does not go on by itself        -> ontrouble(coming); `trouble` says why
//                "cancelled"
// coming.sent, coming.size (bytes), coming.speed (bytes a second), coming.left (seconds; 0: not known yet),
// coming.url, coming.id, coming.row (what the server said last, see the upload view:
// status, name, size, offset, duration, twin), coming.trouble {message, remedy, again: whether start() may help}
// coming.words() one sentence for people, coming.pause(), coming.start() (go on, or try again), coming.tryNow(),
// coming.cancel() (deletes it on the server too).
// onchange(coming): it is in another state; onprogress(coming): other figures, at most four times a second.
// portal.follow(url, row, options): the same without the file, for an upload that has arrived and is being checked.
// portal.uploading is not set here: a page that has to warn does it.
// portal.bringing.{bytes, time, percent, ask(url), isFileOf(file, row, url)}: words for amounts; what the server says of an
// upload (its row); whether a file is the one of which a part is there. Load all of it with dubbing/_bringing_scripts.html.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const settings = document.currentScript.dataset; // start, worker, library, plainLibrary, chunk
  const AT_ONCE = 2;
  const WAITS = [1, 2, 4, 8, 15, 30, 60, 120]; // seconds between tries; the last one for ever
  const SILENCE = 45; // seconds without a byte: the connection is dead, though nobody said so
  const SMALLEST_CHUNK = 1024 * 1024;
  const PATIENCE = 5; // seconds that a slow machine may compare before a file counts as uploaded all the same
  const pause = (milliseconds) => new Promise((resolve) => window.setTimeout(resolve, milliseconds));

  const { Trouble, ask, reason, headers, remember, forget, Sum } = portal.bringing;

  // --- the queue -----------------------------------------------------------------------------------------------------

  const sending = new Set();
  const queue = [];
  const everything = new Set();

  function leave(coming) {
    sending.delete(coming);
    const at = queue.findIndex((one) => one.coming === coming);
    if (at >= 0) queue.splice(at, 1)[0].resolve();
    while (queue.length && sending.size < AT_ONCE) {
      const next = queue.shift();
      sending.add(next.coming);
      next.resolve();
    }
  }

  function turn(coming) {
    if (sending.has(coming)) return Promise.resolve();
    if (sending.size < AT_ONCE) return Promise.resolve(sending.add(coming));
    coming.set("queued");
    return new Promise((resolve) => queue.push({ coming, resolve }));
  }

  // --- one file ------------------------------------------------------------------------------------------------------

  class Coming {
    constructor(file, options) {
      Object.assign(this, { file, options, url: options.url || null, size: file.size, sent: options.from || 0 });
      Object.assign(this, { state: "queued", tries: 0, reached: -1, speed: 0, left: 0, samples: [], row: null });
      this.chunk = Number(settings.chunk) || Infinity;
      everything.add(this);
    }

    get name() { return this.row?.name || this.file.name; }
    get id() { return this.url && new URL(this.url, location.href).pathname.split("/").filter(Boolean).pop(); }
    get isOver() { return ["done", "refused", "failed", "cancelled"].includes(this.state); }

    start() {
      if (this.run && !this.run.signal.aborted) return this;
      this.run = new AbortController();
      this.trouble = null;
      everything.add(this);
      const { signal } = this.run;
      this.goOn(signal).finally(() => signal === this.run.signal && leave(this));
      return this;
    }

    // Each round begins with the row: whatever happened before, it knows what to do next.
    async goOn(signal) {
      while (!signal.aborted) {
        try {
          this.row = this.url ? await ask(this.url) : null;
          if (signal.aborted) return;
          if (this.row && this.row.status !== "receiving") return await this.follow(signal);
          if (this.row) this.heed(this.row);
          await turn(this);
          if (!signal.aborted) await this.send(signal);
        } catch (problem) {
          if (signal.aborted) return;
          if (problem.final || !(problem instanceof Trouble)) return this.fail(problem);
          await this.wait(problem, signal);
        }
      }
    }

    // Bytes that arrived show that trying is worth while; none, again and again, that the pieces may be too large for a proxy.
    heed({ offset, size }) {
      if (!this.file.slice) throw new Trouble({ final: true, unreadable: true, message: "Not everything has arrived yet.", remedy: "Bring the same file again to go on." });
      if (offset > this.reached) this.tries = 0;
      else if (this.tries > 2) this.shrink();
      this.reached = Math.max(offset, this.reached);
      this.sent = offset;
      if (offset >= size) throw new Trouble({ why: "busy", soon: true }); // the server is about to notice
    }

    shrink() { this.chunk = Math.max(SMALLEST_CHUNK, Math.min(this.chunk, this.size) / 4); }

    send(signal) {
      this.samples = [];
      this.speed = this.left = 0;
      this.set(this.url ? "sending" : "starting");
      this.sum ||= new Sum(this.file, settings);
      this.sum.upTo(this.sent);
      return new Promise((resolve, reject) => {
        let heard = performance.now();
        const upload = new window.tus.Upload(this.file, {
          ...(this.url ? { uploadUrl: this.url } : { endpoint: settings.start }),
          metadata: this.metadata(), chunkSize: this.chunk, retryDelays: null, storeFingerprintForResuming: false,
          onBeforeRequest: (request) => Object.entries(headers()).forEach(([name, value]) => request.setHeader(name, value)),
          onUploadUrlAvailable: () => this.announced(upload, signal),
          onProgress: (sent) => { heard = performance.now(); this.progress(sent); },
          onSuccess: () => resolve(stop()),
          onError: async (error) => { stop(); reject((await this.unreadable()) || this.judge(reason(error, !this.url))); },
        });
        const watch = window.setInterval(() => {
          if (performance.now() - heard < SILENCE * 1000) return;
          stop();
          upload.abort();
          reject(new Trouble({ why: "lost" }));
        }, 5000);
        const stop = () => window.clearInterval(watch);
        signal.addEventListener("abort", () => {
          stop();
          if (this.url) upload.abort(); // else its address is on the way, and without it nobody could delete it
          reject(new Trouble({ why: "stopped" }));
        });
        upload.start();
      });
    }

    metadata() {
      const { kind, asset } = this.options;
      // The page of a draft says which tab it is: one that is behind brings no film into what another has made of it.
      const tab = [...document.querySelectorAll("#asset-form :is([name=tab], [name=tab_seen])")].map((one) => [one.name, one.value]);
      const draft = asset ? { asset: String(asset), ...Object.fromEntries(tab) } : {};
      return { kind, filename: this.file.name, filetype: this.file.type, ...draft };
    }

    announced(upload, signal) {
      const isNew = !this.url;
      this.url = upload.url;
      upload.options.endpoint = null; // or a failing HEAD would make tus begin again from zero
      remember(this.url, this.file);
      if (signal.aborted) upload.abort();
      if (this.state === "cancelled") this.terminate();
      else if (isNew) this.set(signal.aborted ? this.state : "sending");
    }

    judge(problem) {
      if (problem.tooLarge) this.shrink();
      return problem;
    }

    // A file that was changed, moved or unplugged looks like a lost connection to the browser.
    async unreadable() {
      const at = Math.min(this.sent, this.size - 1);
      try {
        await this.file.slice(at, at + 1).arrayBuffer();
        return null;
      } catch {
        return new Trouble({ final: true, unreadable: true, message: "The file cannot be read any more: it was changed, moved or its disk is gone.", remedy: "Choose it again. If it is the same file, it goes on where it stopped." });
      }
    }

    progress(sent) {
      const now = performance.now();
      this.sent = sent;
      this.samples.push([now, sent]);
      while (now - this.samples[0][0] > 8000) this.samples.shift();
      const [since, before] = this.samples[0];
      if (now - since > 1000) {
        this.speed = ((sent - before) / (now - since)) * 1000;
        this.left = this.speed > 0 ? (this.size - sent) / this.speed : 0;
      }
      this.sum.upTo(sent);
      if (now - (this.told || 0) < 250 && sent < this.size) return;
      this.told = now;
      this.options.onprogress?.(this);
    }

    // Until the connection, the server or the person is back. `soon`: nothing is wrong, somebody else was faster.
    wait(problem, signal) {
      const wait = problem.soon && this.tries < 5 ? 1 : WAITS[Math.min(this.tries, WAITS.length - 1)];
      this.tries += 1;
      const milliseconds = 1000 * (problem.why === "signed-out" ? Math.min(wait, 15) : wait);
      this.set("waiting", { why: problem.why, said: problem, retryAt: Date.now() + milliseconds });
      return new Promise((resolve) => {
        this.wake = () => {
          window.clearTimeout(timer);
          if (!signal.aborted) this.set("waiting", { why: this.why, said: this.said, retryAt: 0 });
          resolve();
        };
        const timer = window.setTimeout(() => this.wake(), milliseconds);
        signal.addEventListener("abort", resolve);
      });
    }

    tryNow() {
      if (this.state === "waiting" && this.retryAt) this.wake();
    }

    // The server compares what arrived with what this browser read. It may say so after "done": see `follow`.
    async sayHash() {
      const sum = this.sum ? await this.sum.whole() : "";
      const options = { path: "sha256/", method: "POST", body: JSON.stringify({ sha256: sum }) };
      for (let tries = 0; sum && tries < 6 && this.state !== "cancelled"; tries += 1) {
        try {
          const row = await ask(this.url, { ...options, headers: { ...headers(), "Content-Type": "application/json" } });
          if (row.status === "refused" && this.state === "done") this.refuse(row);
          break;
        } catch (problem) {
          if (problem.final) break;
          await pause(1000 * WAITS[tries]);
        }
      }
      this.sum?.stop();
    }

    // --- the end -----------------------------------------------------------------------------------------------------

    async follow(signal) {
      leave(this);
      this.sent = this.size;
      this.tries = 0;
      this.set("checking");
      this.compared ||= this.sayHash();
      // Somebody may have chosen a file that only looks like the one begun before: that is found out before it is used.
      await Promise.race([this.compared, ...(this.options.url ? [] : [pause(1000 * PATIENCE)])]);
      for (let tries = 0; !signal.aborted; tries += 1) {
        this.row = await ask(this.url);
        if (signal.aborted) return;
        if (this.row.status === "complete") return this.end("done");
        if (this.row.status === "refused") return this.refuse(this.row);
        if (this.row.status === "receiving") return this.goOn(signal);
        this.options.onprogress?.(this);
        await pause(Math.min(1000 + 100 * tries, 5000));
      }
    }

    refuse(row) {
      this.row = row;
      this.trouble = { message: row.message, remedy: row.remedy, again: false };
      this.end("refused");
    }

    fail(problem) {
      const told = problem instanceof Trouble;
      if (!told) console.error(problem);
      this.trouble = { again: !problem.unreadable, message: told ? problem.message : "The portal's page made a mistake.", remedy: told ? problem.remedy || "" : "Reload the page; what has arrived is kept." };
      if (problem.gone) { forget(this.url); this.url = null; this.sent = 0; this.reached = -1; }
      this.end("failed");
    }

    end(state) {
      leave(this);
      this.run?.abort();
      everything.delete(this);
      if (state === "cancelled") this.sum?.stop();
      if (state !== "failed" && this.url) forget(this.url);
      this.set(state);
      if (state === "done") this.options.ondone?.(this);
      if (this.trouble) this.options.ontrouble?.(this);
    }

    pause() {
      if (this.isOver || this.state === "checking") return;
      this.set("paused");
      this.run.abort();
      leave(this);
    }

    // Resolves when it is gone from the server too, to whether it is.
    async cancel() {
      this.trouble = null;
      this.end("cancelled");
      return this.url ? this.terminate() : true;
    }

    async terminate() {
      for (let tries = 0; tries < 5; tries += 1) {
        try {
          await ask(this.url, { method: "DELETE" });
          return true;
        } catch (problem) {
          if (problem.final) return true;
          await pause(1000 * WAITS[tries]);
        }
      }
      return false;
    }

    set(state, { why = "", said = null, retryAt = 0 } = {}) {
      Object.assign(this, { state, why, said, retryAt });
      this.options.onchange?.(this);
    }

    words() { return portal.bringing.words(this); }
  }

  // What woke the machine or brought the person back may have brought the connection back.
  const wakeAll = () => everything.forEach((coming) => coming.tryNow());
  window.addEventListener("online", wakeAll);
  window.addEventListener("focus", wakeAll);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wakeAll());

  portal.bring = (file, options) => new Coming(file, options).start();
  // An upload that has arrived, or that another window sends, without its file.
  portal.follow = (url, row, options) => new Coming({ name: row.name, size: row.size }, { ...options, url, from: row.offset }).start();
})();
