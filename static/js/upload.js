// The box that a file is brought to: chosen, dropped or begun earlier. What happens to it stands in bringing.js.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const { bytes, percent, ask, isFileOf } = portal.bringing;
  const ASK_ABOVE = 50 * 1000 * 1000; // deleting more than this asks once
  const LOOK_AGAIN = 4; // seconds, at an upload that another window may be sending
  const OVER = ["done", "refused", "failed", "cancelled"];
  const title = document.title;
  const boxes = [];

  // The row of an upload, as a look at the server has it. That it is gone is an answer too.
  async function rowOf(url, signal) {
    try {
      return { status: 200, url, row: await ask(url, { signal }) };
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
      this.poll = portal.watch({
        url: () => (this.pending && !this.coming ? this.pending.url : ""), every: LOOK_AGAIN, longest: LOOK_AGAIN,
        ask: ({ signal }) => rowOf(this.pending.url, signal), show: ({ url, row }) => this.heard(url, row),
      });
      this.resume();
      setTimeout(chosen); // somebody may have chosen a file before this script was there
    }

    part(name) { return this.element.querySelector(`[data-${name}]`); }
    field() { return this.element.querySelector(`input[name="${this.data.field}"]`); }
    get isBusy() { return Boolean(this.coming) && !OVER.includes(this.coming.state); }
    get state() { return this.coming ? this.coming.state : this.pending ? "pending" : "idle"; }

    click(event) {
      const button = event.target.closest("button");
      if (!button) return;
      const { act, url, size } = button.dataset;
      if (act === "cancel") this.askToCancel();
      else if (act) this.coming?.[act]();
      else if ("again" in button.dataset) this.again();
      else if ("yes" in button.dataset) this.answer(true);
      else if ("no" in button.dataset) this.answer(false);
      else if ("remove" in button.dataset) this.askToRemove(url, Number(size));
    }

    // --- a file ------------------------------------------------------------------------------------------------------

    take(files) {
      this.input.value = "";
      if (this.isSettled()) this.idle();
      if (this.isBusy) return this.trouble(`${this.coming.name} is still on its way. Cancel it first to bring another file.`);
      const [file, ...others] = files;
      this.part("others").hidden = true;
      this.trouble(this.reasonAgainst(file));
      if (!this.part("trouble").hidden) return;
      this.useFile();
      if (others.length) this.tellOthers(file, others.length);
      if (!this.pending) return this.bring(file);
      if (isFileOf(file, this.pending, this.pending.url)) return this.bring(file, { url: this.pending.url, from: this.pending.offset });
      const sameName = file.name === this.pending.name;
      const here = percent(this.pending.offset, this.pending.size);
      this.question(
        sameName
          ? `This is not the same ${file.name}: its size or date differs. Of the other one, ${here} % is here. Bring the new one instead and delete that part?`
          : `This is another file than ${this.pending.name}, of which ${here} % is here. Bring ${file.name} instead and delete that part?`,
        { yes: `Bring ${sameName ? "the new file" : file.name}`, no: "Keep what is here", then: () => this.replace(file) },
      );
    }

    reasonAgainst(file) {
      if (!file.size) return `${file.name} is empty, or a folder. Choose another file.`;
      if (/\.(srt|vtt|sub|ass|ssa)$/i.test(file.name)) return `${file.name} holds subtitles. Give them to their language, below.`;
      if (file.size > Number(this.data.max)) return `${file.name} has ${bytes(file.size)}, more than the portal takes (${bytes(Number(this.data.max))}). Bring a smaller one, or use a link.`;
      return "";
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
      this.part("others-words").textContent = `One file makes one asset: ${file.name} comes here, ${count === 1 ? "the other one does" : `the other ${count} do`} not.`;
    }

    bring(file, there = {}) {
      this.before = there.url ? "" : this.field().value;
      this.follow(portal.bring(file, { kind: this.data.upload, asset: Number(this.data.asset), ...there, ...this.ears() }));
      portal.say(there.url ? `Going on with ${file.name}.` : `Uploading ${file.name}.`);
    }

    async replace(file) {
      const { url } = this.pending;
      this.pending = null;
      this.field().value = "";
      await ask(url, { method: "DELETE" }).catch(() => {}); // the server sweeps what is left behind
      this.bring(file);
    }

    ears() {
      return {
        onprogress: () => this.draw(),
        onchange: (coming) => this.follow(coming),
        ondone: (coming) => this.done(coming),
        ontrouble: (coming) => this.done(coming),
      };
    }

    follow(coming) {
      if (coming.state === "cancelled" || (OVER.includes(coming.state) && this.coming !== coming)) return;
      const changed = this.coming !== coming || this.said !== coming.state + coming.why;
      this.coming = coming;
      this.pending = null;
      if (coming.id && this.field().value !== coming.id) this.announced(coming);
      if (changed) this.saySoon(coming);
      this.draw();
    }

    announced(coming) {
      this.field().value = coming.id;
      const name = document.getElementById("id_name");
      if (this.data.field === "source" && name && (!name.value.trim() || name.value === this.filledIn)) name.value = this.filledIn = coming.name.replace(/\.[^.]+$/, "");
      portal.keepSoon?.(300);
    }

    done(coming) {
      if (coming.state === "failed") return this.failed(coming);
      portal.say(coming.state === "done" ? `${coming.name} is uploaded.` : `${coming.name} cannot be used. ${coming.words()}`);
      portal.keep({ then: () => this.coming === coming && this.idle() });
    }

    failed(coming) {
      this.idle();
      this.last = coming;
      this.trouble(coming.words(), coming.trouble.again && Boolean(coming.file.slice));
      if (coming.url) this.believe({ ...coming.row, name: coming.name, size: coming.size, offset: coming.sent, status: "receiving", url: coming.url });
      portal.keep();
    }

    again() {
      this.trouble("");
      this.follow(this.last.start());
    }

    idle() {
      this.coming = this.pending = null;
      this.draw();
    }

    // --- what was begun earlier, or in another window ----------------------------------------------------------------

    // The page may show sooner than this box notices what became of the file; the next one need not wait for that.
    isSettled() {
      const shown = this.element.querySelector(`input[name="shown_${this.data.field}"]`)?.value;
      return this.state === "checking" && [`${this.coming.id}:complete`, `${this.coming.id}:refused`].includes(shown);
    }

    resume() {
      const there = this.part("there");
      if (this.isSettled()) return this.idle();
      if (!there || this.isBusy) return this.draw();
      const { name, size, url } = there.dataset;
      this.believe({ name, size: Number(size), offset: this.pending?.offset, status: there.dataset.there, url });
      if (this.pending) this.poll.now();
    }

    // What the server says of an upload that this window does not send.
    heard(url, row) {
      if (this.coming || this.pending?.url !== url) return;
      if (row.gone) {
        this.field().value = "";
        this.idle();
        return portal.keep();
      }
      if (row.status) this.believe({ ...row, url });
    }

    believe(row) {
      if (row.status !== "receiving") return this.follow(portal.follow(row.url, row, this.ears()));
      const before = this.pending?.offset;
      this.pending = { ...row, offset: row.offset || 0 };
      if (this.poll.finished) this.poll.start();
      // Growing once may be what was still on the way when the page was loaded again.
      if (before !== undefined) this.growing = row.offset > before ? Math.min(this.growing + 1, 4) : Math.max(this.growing - 1, 0);
      this.element.classList.toggle("is-elsewhere", this.growing > 1);
      this.part("again-words").textContent = row.offset ? `Choose ${row.name} again or drop it here, to go on from ${percent(row.offset, row.size)} %` : `Choose ${row.name} again or drop it here`;
      this.draw();
    }

    // --- taking it back ----------------------------------------------------------------------------------------------

    askToCancel() {
      const { sent, name, offset } = this.coming || this.pending;
      const here = this.coming ? sent : offset;
      const cancel = () => (this.coming ? this.cancel() : this.discard());
      if (here < ASK_ABOVE) return cancel();
      this.question(`Delete the ${bytes(here)} of ${name} that have arrived? They would have to be uploaded again.`, { yes: "Delete", no: this.isBusy ? "Keep uploading" : "Keep", then: cancel });
    }

    async cancel() {
      const coming = this.coming;
      this.field().value = this.before || ""; // the file that was there is still the one
      const gone = coming.cancel();
      this.idle();
      this.input.focus();
      portal.say("Upload cancelled.");
      await gone;
      portal.keep();
    }

    async discard() {
      const { url } = this.pending;
      this.field().value = "";
      this.idle();
      this.input.focus();
      await ask(url, { method: "DELETE" }).catch(() => {});
      portal.keep();
    }

    askToRemove(url, size) {
      const remove = async () => {
        this.field().value = "";
        this.input.focus();
        await ask(url, { method: "DELETE" }).catch(() => {});
        portal.keep();
      };
      if (size < ASK_ABOVE) return remove();
      this.question(`Remove this file? Its ${bytes(size)} would have to be uploaded again.`, { yes: "Remove", no: "Keep it", then: remove });
    }

    question(words, { yes, no, then }) {
      this.then = then;
      this.part("question-words").textContent = words;
      this.part("yes").textContent = yes;
      this.part("no").textContent = no;
      this.part("question").hidden = false;
      this.part("no").focus();
    }

    answer(yes) {
      this.part("question").hidden = true;
      (yes ? this.then : () => this.part("act=cancel")?.focus())();
    }

    // --- what it looks and sounds like -------------------------------------------------------------------------------

    draw() {
      const { coming, state } = this;
      const at = coming || (this.pending && { name: this.pending.name, sent: this.pending.offset, size: this.pending.size });
      this.element.classList.toggle("is-busy", this.isBusy);
      this.element.classList.toggle("is-pending", state === "pending");
      if (state !== "pending") this.element.classList.remove("is-elsewhere");
      this.part("panel").hidden = !at || OVER.includes(state);
      if (!this.part("panel").hidden) this.drawPanel(at, state);
      tell();
    }

    drawPanel(at, state) {
      const panel = this.part("panel");
      panel.dataset.state = state;
      this.part("what").textContent = at.name;
      this.part("percent").textContent = ["starting", "queued"].includes(state) && !at.sent ? "" : `${state === "checking" ? 100 : percent(at.sent, at.size)} %`;
      this.part("figures").textContent = state === "pending" ? this.pendingWords() : at.words();
      this.part("cancel-word").textContent = state === "pending" ? "Delete" : "Cancel";
      this.bar.value = at.size ? Math.floor((at.sent / at.size) * 1000) : 0;
      const held = document.activeElement;
      for (const control of panel.querySelectorAll("[data-for]")) {
        const wanted = control.dataset.for.split(" ");
        control.hidden = !(wanted.includes(state) || wanted.includes(at.why)) || (control.dataset.act === "tryNow" && !at.retryAt);
      }
      // Pause becomes "Go on" under the finger; the keyboard stays there too.
      if (held.hidden && panel.contains(held)) panel.querySelector("[data-for]:not([hidden])")?.focus();
    }

    pendingWords() {
      if (this.element.classList.contains("is-elsewhere")) return `Another window is uploading this file · ${bytes(this.pending.offset)} of ${bytes(this.pending.size)}`;
      return `The upload was interrupted · ${bytes(this.pending.offset)} of ${bytes(this.pending.size)} are here`;
    }

    saySoon(coming) {
      const fresh = !(this.said || "").startsWith("waiting") || coming.state !== "waiting";
      this.said = coming.state + coming.why;
      if (coming.state === "waiting" && fresh) portal.say(coming.words());
      if (coming.state === "paused" || coming.state === "checking") portal.say(coming.words());
    }

    trouble(words, again = false) {
      this.part("trouble").hidden = !words;
      this.part("trouble-words").textContent = words;
      this.part("again").hidden = !again;
      if (!words) this.part("question").hidden = true;
    }
  }

  // The window's title tells how far it is, and the form asks here whether it may be submitted.
  function tell() {
    const busy = boxes.filter((box) => box.isBusy);
    portal.uploading = busy.some((box) => box.state !== "checking") ? "sending" : busy.length ? "checking" : "";
    const one = busy.find((box) => box.state !== "checking")?.coming;
    document.title = one ? `${percent(one.sent, one.size)} % · ${title}` : title;
    const quarter = one && Math.floor((one.sent / one.size) * 4);
    if (one && quarter > (one.quarter ?? quarter)) portal.say(`${one.name}: ${quarter * 25} % uploaded.`);
    if (one) one.quarter = quarter;
  }

  // --- the whole page takes drops ------------------------------------------------------------------------------------

  const hint = document.createElement("div");
  hint.className = "drop-hint";
  hint.hidden = true;
  hint.setAttribute("aria-hidden", "true");
  hint.textContent = "Drop the video anywhere on this page";
  let leaving = 0;

  const brings = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  const isSeen = (element) => element.getClientRects().length > 0;
  function boxAt(event) {
    return boxes.find((box) => box.element.contains(event.target) && isSeen(box.element)) || boxes.find((box) => box.data.field === "source");
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
    if (!box || !event.dataTransfer.files.length) return;
    box.take([...event.dataTransfer.files]);
    if (!isSeen(box.element)) return;
    box.element.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("dragover", over);
  document.addEventListener("drop", drop);

  window.addEventListener("beforeunload", (event) => {
    if (portal.uploading === "sending") event.preventDefault();
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    boxes.find((box) => box.element.contains(event.detail.target))?.resume();
  });

  document.body.append(hint);
  document.querySelectorAll("[data-upload]").forEach((element) => boxes.push(new Box(element)));
})();
