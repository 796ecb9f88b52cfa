// The box on the new-asset page that a file is dropped on: chosen, dropped or begun earlier. upload.js sends it.
import { announce } from "../common/announce.js";
import { gettext, ngettext } from "../common/gettext.js";
import { formatBytes, percentOf } from "../common/sizes.js";
import { isSubtitleFile } from "../common/subtitle-files.js";
import { saveNow, saveSoon } from "../draft/form.js";
import { watchParts } from "../polling/live-parts.js";
import { deleteUpload, fetchRow, isFileOf } from "./api.js";
import { describeAmount } from "./messages.js";
import { uploads } from "./stage.js";
import { OVER, followUpload, startUpload } from "./upload.js";

const ASK_ABOVE = 50 * 1000 * 1000; // deleting more than this asks once
const LOOK_AGAIN = 4; // seconds, at an upload that another window may be sending
const title = document.title;
const boxes = [];

// The row of an upload, as a look at the server has it. That it is gone is an answer too.
async function rowOf(url, signal) {
  try {
    return { status: 200, url, row: await fetchRow(url, { signal }) };
  } catch (problem) {
    if (problem.gone) return { status: 200, url, row: problem };
    return { status: problem.why === "signed-out" ? 401 : 0 };
  }
}

class Box {
  constructor(element) {
    this.element = element;
    this.data = element.dataset;
    this.input = element.querySelector("[data-file]");
    this.bar = element.querySelector("progress");
    this.growing = 0; // how often in a row an upload grew without this window
    const chosen = () => this.input.files.length && this.take([...this.input.files]);
    this.input.addEventListener("change", chosen);
    element.addEventListener("click", (event) => this.click(event));
    // Only while somebody watches: words that count down, and what other windows do.
    window.setInterval(() => this.state === "waiting" && this.draw(), 1000);
    this.poll = watchParts({
      url: () => (this.pending && !this.upload ? this.pending.url : ""),
      every: LOOK_AGAIN,
      longest: LOOK_AGAIN,
      ask: ({ signal }) => rowOf(this.pending.url, signal),
      show: ({ url, row }) => this.takeRow(url, row),
    });
    this.resume();
    setTimeout(chosen); // somebody may have chosen a file before this script was there
  }

  part(name) {
    return this.element.querySelector(`[data-${name}]`);
  }
  field() {
    return this.element.querySelector(`input[name="${this.data.field}"]`);
  }
  // What the page shows, as the server wrote it: "id:status"; ":" without a file.
  get shown() {
    return this.element.querySelector(`input[name="shown_${this.data.field}"]`).value;
  }
  get isBusy() {
    return Boolean(this.upload) && !OVER.includes(this.upload.state);
  }
  get state() {
    return this.upload ? this.upload.state : this.pending ? "pending" : "idle";
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { act, url, size } = button.dataset;
    if (act === "cancel") this.askToCancel();
    else if (act) this.upload?.[act]();
    else if ("retry" in button.dataset) this.retry();
    else if ("yes" in button.dataset) this.answer(true);
    else if ("no" in button.dataset) this.answer(false);
    else if ("remove" in button.dataset) this.askToRemove(url, Number(size));
  }

  // --- a file ---

  take(files) {
    this.input.value = "";
    if (this.isSettled()) this.idle();
    if (this.isBusy) {
      return this.trouble(
        gettext("%(file)s is still uploading. Cancel it before you add another file.", { file: this.upload.name }),
      );
    }
    const [file, ...others] = files;
    this.part("others").hidden = true;
    this.trouble(this.reasonAgainst(file));
    if (!this.part("trouble").hidden) return;
    this.useFile();
    if (others.length) this.tellOthers(file, others.length);
    if (!this.pending) return this.send(file);
    if (isFileOf(file, this.pending, this.pending.url)) {
      return this.send(file, {
        url: this.pending.url,
        from: this.pending.offset,
      });
    }
    const sameName = file.name === this.pending.name;
    const percent = percentOf(this.pending.offset, this.pending.size);
    this.question(
      sameName
        ? gettext(
            "This is not the same %(file)s: its size or date is different. %(percent)s%% of the other file is " +
              "uploaded. Upload the new file instead and delete that part?",
            { file: file.name, percent },
          )
        : gettext(
            "This is not %(pending)s, which is %(percent)s%% uploaded. " +
              "Upload %(file)s instead and delete that part?",
            { pending: this.pending.name, percent, file: file.name },
          ),
      {
        yes: sameName ? gettext("Upload the new file") : gettext("Upload %(file)s", { file: file.name }),
        no: gettext("Keep the upload"),
        then: () => this.replace(file),
      },
    );
  }

  reasonAgainst(file) {
    if (!file.size) return gettext("%(file)s is empty, or a folder. Choose another file.", { file: file.name });
    if (/\.(srt|vtt|sub|ass|ssa)$/i.test(file.name)) {
      return gettext("%(file)s contains subtitles. Add it to its language below.", { file: file.name });
    }
    const max = Number(this.data.max);
    if (file.size <= max) return "";
    return gettext("%(file)s is %(size)s, and the limit is %(limit)s. Choose a smaller file or use a link.", {
      file: file.name,
      size: formatBytes(file.size),
      limit: formatBytes(max),
    });
  }

  // Dropped while "a link" was chosen: a file it is.
  useFile() {
    const choice = document.querySelector(`[name="${this.data.field}_from"][value="file"]`);
    if (!choice || choice.checked) return;
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }

  tellOthers(file, count) {
    this.part("others").hidden = false;
    this.part("others-text").textContent = ngettext(
      "You can add one file here: %(file)s was added, the other file was not.",
      "You can add one file here: %(file)s was added, the other %(count)s files were not.",
      count,
      { file: file.name },
    );
  }

  send(file, there = {}) {
    this.follow(
      startUpload(file, {
        kind: this.data.upload,
        asset: Number(this.data.asset),
        ...there,
        ...this.listeners(),
      }),
    );
    announce(
      there.url
        ? gettext("Resuming %(file)s.", { file: file.name })
        : gettext("Uploading %(file)s.", { file: file.name }),
    );
  }

  async replace(file) {
    const { url } = this.pending;
    this.pending = null;
    await deleteUpload(url).catch(() => {}); // the server sweeps what is left behind
    this.send(file);
  }

  listeners() {
    return {
      onprogress: () => this.draw(),
      onchange: (upload) => this.follow(upload),
      ondone: (upload) => this.done(upload),
      ontrouble: (upload) => this.done(upload),
    };
  }

  follow(upload) {
    if (upload.state === "cancelled" || (OVER.includes(upload.state) && this.upload !== upload)) return;
    const changed = this.upload !== upload || this.announcedState !== upload.state + upload.why;
    this.upload = upload;
    this.pending = null;
    if (upload.id && this.field().value !== upload.id) this.announced(upload);
    if (changed) this.saySoon(upload);
    this.draw();
  }

  announced(upload) {
    this.field().value = upload.id;
    const name = document.getElementById("id_name");
    if (this.data.field === "source" && name && (!name.value.trim() || name.value === this.filledIn)) {
      name.value = this.filledIn = upload.name.replace(/\.[^.]+$/, "");
    }
    saveSoon(300);
  }

  done(upload) {
    if (upload.state === "failed") return this.failed(upload);
    announce(
      upload.state === "done"
        ? gettext("%(file)s is uploaded.", { file: upload.name })
        : gettext("You cannot use %(file)s. %(reason)s", { file: upload.name, reason: upload.describe() }),
    );
    saveNow({ then: () => this.upload === upload && this.idle() });
  }

  failed(upload) {
    this.idle();
    this.last = upload;
    this.trouble(upload.describe(), upload.trouble.canRetry && Boolean(upload.file.slice));
    if (upload.url) {
      this.useRow({
        ...upload.row,
        name: upload.name,
        size: upload.size,
        offset: upload.sent,
        status: "receiving",
        url: upload.url,
      });
    }
    saveNow();
  }

  retry() {
    this.trouble("");
    this.follow(this.last.start());
  }

  idle() {
    this.upload = this.pending = null;
    this.draw();
  }

  // --- what was begun earlier, or in another window ---

  // The page may show sooner than this box notices what became of the file; the next one need not wait for that.
  isSettled() {
    if (this.state !== "checking") return false;
    return [`${this.upload.id}:complete`, `${this.upload.id}:refused`].includes(this.shown);
  }

  resume() {
    const there = this.part("upload-status");
    if (this.isSettled()) return this.idle();
    const wasDropped = () => this.isCancelling || (this.dropped && there.dataset.url.includes(this.dropped));
    if (!there || this.isBusy || wasDropped()) return this.draw();
    const { name, size, url } = there.dataset;
    this.useRow({
      name,
      size: Number(size),
      offset: this.pending?.offset,
      status: there.dataset.uploadStatus,
      url,
    });
    if (this.pending) this.poll.now();
  }

  // What the server says of an upload that this window does not send.
  takeRow(url, row) {
    if (this.upload || this.pending?.url !== url) return;
    if (row.gone) {
      this.leaveFileToServer();
      this.idle();
      return saveNow();
    }
    if (row.status) this.useRow({ ...row, url });
  }

  useRow(row) {
    if (row.status !== "receiving") return this.follow(followUpload(row.url, row, this.listeners()));
    const before = this.pending?.offset;
    this.pending = { ...row, offset: row.offset || 0 };
    if (this.poll.finished) this.poll.start();
    // Growing once may be what was still on the way when the page was loaded again.
    if (before !== undefined) {
      this.growing = row.offset > before ? Math.min(this.growing + 1, 4) : Math.max(this.growing - 1, 0);
    }
    this.element.classList.toggle("is-elsewhere", this.growing > 1);
    this.part("resume-label").textContent = row.offset
      ? gettext("Choose %(file)s again or drop it here to resume from %(percent)s%%", {
          file: row.name,
          percent: percentOf(row.offset, row.size),
        })
      : gettext("Choose %(file)s again or drop it here", { file: row.name });
    this.draw();
  }

  // --- taking it back ---

  // A field that was not changed lets the server say which file the draft has: after a deletion, the one before it.
  leaveFileToServer() {
    this.field().value = this.shown.split(":")[0];
  }

  askToCancel() {
    const { sent, name, offset } = this.upload || this.pending;
    const count = this.upload ? sent : offset;
    const cancel = () => (this.upload ? this.cancel() : this.discard());
    if (count < ASK_ABOVE) return cancel();
    this.question(
      gettext("Delete the uploaded %(size)s of %(file)s? To use this file later, you must upload it again.", {
        size: formatBytes(count),
        file: name,
      }),
      {
        yes: gettext("Delete"),
        no: this.isBusy ? gettext("Keep uploading") : gettext("Keep"),
        then: cancel,
      },
    );
  }

  async cancel() {
    const { upload } = this;
    this.leaveFileToServer();
    this.isCancelling = true; // the page may show this upload once more, until it is deleted
    const gone = upload.cancel();
    this.idle();
    this.input.focus();
    announce(gettext("Upload cancelled."));
    await gone;
    this.isCancelling = false;
    this.dropped = upload.id;
    // An answer that was on the way may have put the cancelled file back into the field.
    if (this.field().value === upload.id) this.leaveFileToServer();
    saveNow();
  }

  async discard() {
    const { url } = this.pending;
    this.leaveFileToServer();
    this.idle();
    this.input.focus();
    await deleteUpload(url).catch(() => {});
    saveNow();
  }

  askToRemove(url, size) {
    const remove = async () => {
      this.field().value = "";
      this.input.focus();
      await deleteUpload(url).catch(() => {});
      saveNow();
    };
    if (size < ASK_ABOVE) return remove();
    this.question(
      gettext("Remove this file? To use it later, you must upload its %(size)s again.", { size: formatBytes(size) }),
      {
        yes: gettext("Remove"),
        no: gettext("Keep it"),
        then: remove,
      },
    );
  }

  question(text, { yes, no, then }) {
    this.then = then;
    this.part("question-text").textContent = text;
    this.part("yes").textContent = yes;
    this.part("no").textContent = no;
    this.part("question").hidden = false;
    this.part("no").focus();
  }

  answer(yes) {
    this.part("question").hidden = true;
    (yes ? this.then : () => this.part("act=cancel")?.focus())();
  }

  // --- what it looks and sounds like ---

  draw() {
    const { upload, state } = this;
    const at =
      upload ||
      (this.pending && {
        name: this.pending.name,
        sent: this.pending.offset,
        size: this.pending.size,
      });
    this.element.classList.toggle("is-busy", this.isBusy);
    this.element.classList.toggle("is-pending", state === "pending");
    if (state !== "pending") this.element.classList.remove("is-elsewhere");
    this.part("panel").hidden = !at || OVER.includes(state);
    if (!this.part("panel").hidden) this.drawPanel(at, state);
    showProgress();
  }

  drawPanel(at, state) {
    const panel = this.part("panel");
    panel.dataset.state = state;
    this.part("what").textContent = at.name;
    this.part("percent").textContent =
      ["starting", "queued"].includes(state) && !at.sent
        ? ""
        : `${state === "checking" ? 100 : percentOf(at.sent, at.size)}%`;
    this.part("figures").textContent = state === "pending" ? this.pendingWords() : at.describe();
    this.part("cancel-word").textContent = state === "pending" ? gettext("Delete") : gettext("Cancel");
    this.bar.value = at.size ? Math.floor((at.sent / at.size) * 1000) : 0;
    const held = document.activeElement;
    for (const control of panel.querySelectorAll("[data-for]")) {
      const wanted = control.dataset.for.split(" ");
      control.hidden =
        !(wanted.includes(state) || wanted.includes(at.why)) || (control.dataset.act === "tryNow" && !at.retryAt);
    }
    // Pause becomes "Go on" under the finger; the keyboard stays there too.
    if (held.hidden && panel.contains(held)) panel.querySelector("[data-for]:not([hidden])")?.focus();
  }

  pendingWords() {
    const amount = describeAmount(this.pending.offset, this.pending.size);
    return this.element.classList.contains("is-elsewhere")
      ? gettext("Another window is uploading this file · %(amount)s", { amount })
      : gettext("Upload interrupted · %(amount)s uploaded", { amount });
  }

  saySoon(upload) {
    const fresh = !(this.announcedState || "").startsWith("waiting") || upload.state !== "waiting";
    this.announcedState = upload.state + upload.why;
    if (upload.state === "waiting" && fresh) announce(upload.describe());
    if (upload.state === "paused" || upload.state === "checking") announce(upload.describe());
  }

  trouble(message, canRetry = false) {
    this.part("trouble").hidden = !message;
    this.part("trouble-message").textContent = message;
    this.part("retry").hidden = !canRetry;
    if (!message) this.part("question").hidden = true;
  }
}

// The window's title tells how far it is, and the form asks here whether it may be submitted.
function showProgress() {
  const busy = boxes.filter((box) => box.isBusy);
  uploads.stage = busy.some((box) => box.state !== "checking") ? "sending" : busy.length ? "checking" : "";
  const one = busy.find((box) => box.state !== "checking")?.upload;
  document.title = one ? `${percentOf(one.sent, one.size)}% · ${title}` : title;
  const quarter = one && Math.floor((one.sent / one.size) * 4);
  if (one && quarter > (one.quarter ?? quarter)) {
    announce(gettext("%(file)s: %(percent)s%% uploaded.", { file: one.name, percent: quarter * 25 }));
  }
  if (one) one.quarter = quarter;
}

// --- the whole page takes drops ---

const hint = document.createElement("div");
hint.className = "drop-hint";
hint.hidden = true;
hint.setAttribute("aria-hidden", "true");
hint.textContent = gettext("Drop the video on this page");
let leaving = 0;

const brings = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
const isSeen = (element) => element.getClientRects().length > 0;
function boxAt(event) {
  return (
    boxes.find((box) => box.element.contains(event.target) && isSeen(box.element)) ||
    boxes.find((box) => box.data.field === "source")
  );
}

function over(event) {
  if (!brings(event) || event.defaultPrevented) return;
  event.preventDefault(); // a file dropped beside a box would take the place of the page
  window.clearTimeout(leaving);
  leaving = window.setTimeout(leave, 300);
  const box = boxAt(event);
  hint.hidden = box?.data.field !== "source" || box.isBusy;
  boxes.forEach((one) => one.element.classList.toggle("is-over", one === box));
}

function leave() {
  hint.hidden = true;
  boxes.forEach((one) => one.element.classList.remove("is-over"));
}

function drop(event) {
  leave();
  if (event.defaultPrevented || !brings(event)) return;
  event.preventDefault();
  const box = boxAt(event);
  const elsewhere = document.querySelector("[data-subtitle-files]"); // where subtitles go
  const files = [...event.dataTransfer.files].filter((file) => !elsewhere || !isSubtitleFile(file));
  if (!box || !files.length) return;
  box.take(files);
  if (!isSeen(box.element)) return;
  box.element.scrollIntoView({ block: "nearest" });
}

export function startUploadBoxes() {
  document.addEventListener("dragover", over);
  document.addEventListener("drop", drop);

  window.addEventListener("beforeunload", (event) => {
    if (uploads.stage === "sending") event.preventDefault();
  });
  // `event.detail.target` is what was replaced: it stands in no box any more.
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    boxes.find((box) => box.element.contains(event.target))?.resume();
  });

  document.body.append(hint);
  document.querySelectorAll("[data-upload]").forEach((element) => boxes.push(new Box(element)));
}
