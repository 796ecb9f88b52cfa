// Uploading files to the portal, whatever the connection does. No page in here: boxes and lists draw what this tells.
//
//   const upload = startUpload(file, { kind, asset, onprogress, onchange, ondone, ontrouble });
//
// kind: "video" or "background"; asset: the id of the draft it is for (optional). To go on with an upload that the
// server still receives, add `url` (its address) and, if known, `from` (the bytes that are there).
// Any number may be started at once: two are sent at a time, the others stand in the queue, first come first served.
//
// upload.state   "queued"    waits for its turn
//                "starting"  being created
//                "sending"
//                "waiting"   goes on by itself. `why`: "offline", "lost" (connection), "signed-out", "busy" (another
//                            window sends it), "full" (no room on the server), "unwell" (the server answers errors);
//                            `retryAt`: when, in milliseconds since 1970, 0 while it is being tried
//                "paused"    by pause()
//                "checking"  everything has arrived, the server looks at it
//                "done"      usable                          -> ondone(upload)
//                "refused"   arrived, but not usable         -> ontrouble(upload); `trouble` says why. Seldom after
//                            "done", when comparing took longer and showed that the file was damaged on the way
//                "failed"    does not go on by itself        -> ontrouble(upload); `trouble` says why
//                "cancelled"
// upload.sent, upload.size (bytes), upload.speed (bytes a second), upload.left (seconds; 0: not known yet), upload.url,
// upload.id, upload.row (what the server said last, see the upload view: status, name, size, offset, duration, twin),
// upload.trouble {message, remedy, canRetry: whether start() may help}
// upload.describe(): one sentence for people, upload.pause(), upload.start() (go on, or try again), upload.tryNow(),
// upload.cancel() (deletes it on the server too).
// onchange(upload): it is in another state; onprogress(upload): other figures, at most four times a second.
// followUpload(url, row, options): the same without the file, for an upload that has arrived and is being checked.
// Load it with the templates' upload scripts: they bring tus-js-client and say where uploads go.
import { gettext } from "../common/gettext.js";
import { deleteUpload, explainTusError, fetchRow, forgetFile, rememberFile, requestHeaders } from "./api.js";
import { sendParts } from "./direct.js";
import { FileHash } from "./file-hash.js";
import { describeUpload } from "./messages.js";
import { UploadProblem } from "./problems.js";
import { uploadSettings } from "./settings.js";

export const OVER = ["done", "refused", "failed", "cancelled"];
const AT_ONCE = 2;
const WAITS = [1, 2, 4, 8, 15, 30, 60, 120]; // seconds between tries; the last one for ever
const SILENCE = 45; // seconds without a byte: the connection is dead, though nobody said so
const SMALLEST_CHUNK = 1024 * 1024;
const PATIENCE = 5; // seconds that a slow machine may compare before a file counts as uploaded all the same
const pause = (milliseconds) => new Promise((resolve) => window.setTimeout(resolve, milliseconds));

// --- the queue ---

const sending = new Set();
const queue = [];
const unfinished = new Set();

function leaveQueue(upload) {
  sending.delete(upload);
  const at = queue.findIndex((waiting) => waiting.upload === upload);
  if (at >= 0) queue.splice(at, 1)[0].resolve();
  while (queue.length && sending.size < AT_ONCE) {
    const next = queue.shift();
    sending.add(next.upload);
    next.resolve();
  }
}

function waitForTurn(upload) {
  if (sending.has(upload)) return Promise.resolve();
  if (sending.size < AT_ONCE) return Promise.resolve(sending.add(upload));
  upload.set("queued");
  return new Promise((resolve) => queue.push({ upload, resolve }));
}

// --- one file ---

class Upload {
  constructor(file, options) {
    Object.assign(this, {
      file,
      options,
      url: options.url || null,
      size: file.size,
      sent: options.from || 0,
    });
    Object.assign(this, {
      state: "queued",
      tries: 0,
      reached: -1,
      speed: 0,
      left: 0,
      samples: [],
      row: null,
    });
    this.chunk = Number(uploadSettings().chunk) || Infinity;
    this.isDirect = uploadSettings().direct === "yes";
    this.created = Promise.resolve(); // settled unless its address is on the way
    unfinished.add(this);
  }

  get name() {
    return this.row?.name || this.file.name;
  }
  get id() {
    return this.url && new URL(this.url, location.href).pathname.split("/").filter(Boolean).pop();
  }
  get isOver() {
    return OVER.includes(this.state);
  }

  start() {
    if (this.run && !this.run.signal.aborted) return this;
    this.run = new AbortController();
    this.trouble = null;
    unfinished.add(this);
    const { signal } = this.run;
    this.goOn(signal).finally(() => signal === this.run.signal && leaveQueue(this));
    return this;
  }

  // Each round begins with the row: whatever happened before, it knows what to do next.
  async goOn(signal) {
    while (!signal.aborted) {
      try {
        this.row = this.url ? await fetchRow(this.url) : null;
        if (signal.aborted) return;
        if (this.row && this.row.status !== "receiving") return await this.follow(signal);
        if (this.row) this.checkRow(this.row);
        await waitForTurn(this);
        if (!signal.aborted) await this.send(signal);
      } catch (problem) {
        if (signal.aborted) return;
        if (problem.final || !(problem instanceof UploadProblem)) return this.fail(problem);
        await this.wait(problem, signal);
      }
    }
  }

  // Bytes that arrived show that trying is worth while; none, again and again, that the pieces may be too large for a
  // proxy.
  checkRow({ offset, size }) {
    if (!this.file.slice) {
      throw new UploadProblem({
        final: true,
        unreadable: true,
        message: gettext("The upload is not complete."),
        remedy: gettext("Choose the same file again to resume."),
      });
    }
    if (offset > this.reached) this.tries = 0;
    else if (this.tries > 2) this.shrink();
    this.reached = Math.max(offset, this.reached);
    this.sent = offset;
    if (offset >= size) throw new UploadProblem({ why: "busy", soon: true }); // the server is about to notice
  }

  shrink() {
    this.chunk = Math.max(SMALLEST_CHUNK, Math.min(this.chunk, this.size) / 4);
  }

  send(signal) {
    this.samples = [];
    this.speed = this.left = 0;
    this.set(this.url ? "sending" : "starting");
    this.hash ||= new FileHash(this.file, uploadSettings());
    this.hash.allow(this.sent);
    return this.url && this.isDirect ? this.sendToBucket(signal) : this.sendToPortal(signal);
  }

  async sendToBucket(signal) {
    try {
      await sendParts(this, signal, (sent) => {
        if (sent > this.reached) this.tries = 0;
        this.reached = Math.max(sent, this.reached);
        this.progress(sent);
      });
    } catch (problem) {
      // A bucket that does not let this page send anything: the portal takes the file as well.
      if (problem.refused && !this.reached && this.tries > 1) this.isDirect = false;
      throw (problem.why === "lost" && (await this.unreadable())) || problem;
    }
  }

  sendToPortal(signal) {
    let settleCreation;
    if (!this.url) this.created = new Promise((resolve) => (settleCreation = resolve));
    return new Promise((resolve, reject) => {
      let heardAt = performance.now();
      const tusUpload = new window.tus.Upload(this.file, {
        ...(this.url ? { uploadUrl: this.url } : { endpoint: uploadSettings().start }),
        metadata: this.metadata(),
        chunkSize: this.chunk,
        retryDelays: null,
        storeFingerprintForResuming: false,
        onBeforeRequest: (request) =>
          Object.entries(requestHeaders()).forEach(([name, value]) => request.setHeader(name, value)),
        onUploadUrlAvailable: () => {
          this.announced(tusUpload, signal);
          settleCreation?.();
          if (!this.isDirect) return;
          tusUpload.abort(); // it was only created here
          resolve(stop());
        },
        onProgress: (sent) => {
          heardAt = performance.now();
          this.progress(sent);
        },
        onSuccess: () => resolve(stop()),
        onError: async (error) => {
          stop();
          settleCreation?.();
          reject((await this.unreadable()) || this.judge(explainTusError(error, !this.url)));
        },
      });
      const watch = window.setInterval(() => {
        if (performance.now() - heardAt < SILENCE * 1000) return;
        stop();
        tusUpload.abort();
        settleCreation?.();
        reject(new UploadProblem({ why: "lost" }));
      }, 5000);
      const stop = () => window.clearInterval(watch);
      signal.addEventListener("abort", () => {
        stop();
        if (this.url) tusUpload.abort(); // else its address is on the way, and without it nobody could delete it
        reject(new UploadProblem({ why: "stopped" }));
      });
      tusUpload.start();
    });
  }

  metadata() {
    const { kind, asset } = this.options;
    // The page of a draft says which tab it is: one that is behind brings no video into what another has made of it.
    const tab = [...document.querySelectorAll("#asset-form :is([name=tab], [name=tab_seen])")].map((field) => [
      field.name,
      field.value,
    ]);
    const draft = asset ? { asset: String(asset), ...Object.fromEntries(tab) } : {};
    return {
      kind,
      filename: this.file.name,
      filetype: this.file.type,
      ...draft,
    };
  }

  announced(tusUpload, signal) {
    const isNew = !this.url;
    this.url = tusUpload.url;
    tusUpload.options.endpoint = null; // or a failing HEAD would make tus begin again from zero
    rememberFile(this.url, this.file);
    if (signal.aborted) tusUpload.abort();
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
      return new UploadProblem({
        final: true,
        unreadable: true,
        message: gettext("The browser cannot read the file. It was changed or moved, or its disk was removed."),
        remedy: gettext("Choose it again. If it is the same file, the upload resumes."),
      });
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
    this.hash.allow(sent);
    if (now - (this.reportedAt || 0) < 250 && sent < this.size) return;
    this.reportedAt = now;
    this.options.onprogress?.(this);
  }

  // Until the connection, the server or the person is back. `soon`: nothing is wrong, somebody else was faster.
  wait(problem, signal) {
    const wait = problem.soon && this.tries < 5 ? 1 : WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries += 1;
    const milliseconds = 1000 * (problem.why === "signed-out" ? Math.min(wait, 15) : wait);
    this.set("waiting", {
      why: problem.why,
      problem,
      retryAt: Date.now() + milliseconds,
    });
    return new Promise((resolve) => {
      this.wake = () => {
        window.clearTimeout(timer);
        if (!signal.aborted) {
          this.set("waiting", {
            why: this.why,
            problem: this.problem,
            retryAt: 0,
          });
        }
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
  async sendHash() {
    const sum = this.hash ? await this.hash.finish() : "";
    const options = {
      path: "sha256/",
      method: "POST",
      body: JSON.stringify({ sha256: sum }),
    };
    for (let tries = 0; sum && tries < 6 && this.state !== "cancelled"; tries += 1) {
      try {
        const row = await fetchRow(this.url, {
          ...options,
          headers: { ...requestHeaders(), "Content-Type": "application/json" },
        });
        if (row.status === "refused" && this.state === "done") this.refuse(row);
        break;
      } catch (problem) {
        if (problem.final) break;
        await pause(1000 * WAITS[tries]);
      }
    }
    this.hash?.stop();
  }

  // --- the end ---

  async follow(signal) {
    leaveQueue(this);
    this.sent = this.size;
    this.tries = 0;
    this.set("checking");
    this.compared ||= this.sendHash();
    // Somebody may have chosen a file that only looks like the one begun before: that is found out before it is used.
    await Promise.race([this.compared, ...(this.options.url ? [] : [pause(1000 * PATIENCE)])]);
    for (let tries = 0; !signal.aborted; tries += 1) {
      this.row = await fetchRow(this.url);
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
    this.trouble = { message: row.message, remedy: row.remedy, canRetry: false };
    this.end("refused");
  }

  fail(problem) {
    const isKnown = problem instanceof UploadProblem;
    if (!isKnown) console.error(problem);
    this.trouble = {
      canRetry: !problem.unreadable,
      message: isKnown ? problem.message : gettext("Something went wrong on this page."),
      remedy: isKnown ? problem.remedy || "" : gettext("Reload the page. The uploaded part is kept."),
    };
    if (problem.gone) {
      forgetFile(this.url);
      this.url = null;
      this.sent = 0;
      this.reached = -1;
    }
    this.end("failed");
  }

  end(state) {
    leaveQueue(this);
    this.run?.abort();
    unfinished.delete(this);
    if (state === "cancelled") this.hash?.stop();
    if (state !== "failed" && this.url) forgetFile(this.url);
    this.set(state);
    if (state === "done") this.options.ondone?.(this);
    if (this.trouble) this.options.ontrouble?.(this);
  }

  pause() {
    if (this.isOver || this.state === "checking") return;
    this.set("paused");
    this.run.abort();
    leaveQueue(this);
  }

  // Resolves when it is gone from the server too, to whether it is.
  async cancel() {
    this.trouble = null;
    this.end("cancelled");
    await this.created; // the server may be making it: what it answers says what to delete
    return this.url ? this.terminate() : true;
  }

  // Once, even if tus names the address again after the upload was cancelled.
  terminate() {
    this.terminated ??= this.deleteFromServer();
    return this.terminated;
  }

  async deleteFromServer() {
    for (let tries = 0; tries < 5; tries += 1) {
      try {
        await deleteUpload(this.url);
        return true;
      } catch (problem) {
        if (problem.final) return true;
        await pause(1000 * WAITS[tries]);
      }
    }
    return false;
  }

  set(state, { why = "", problem = null, retryAt = 0 } = {}) {
    Object.assign(this, { state, why, problem, retryAt });
    this.options.onchange?.(this);
  }

  describe() {
    return describeUpload(this);
  }
}

// What woke the machine or brought the person back may have brought the connection back.
const wakeAll = () => unfinished.forEach((upload) => upload.tryNow());
window.addEventListener("online", wakeAll);
window.addEventListener("focus", wakeAll);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wakeAll());

export const startUpload = (file, options) => new Upload(file, options).start();
// An upload that has arrived, or that another window sends, without its file.
export const followUpload = (url, row, options) =>
  new Upload({ name: row.name, size: row.size }, { ...options, url, from: row.offset }).start();
