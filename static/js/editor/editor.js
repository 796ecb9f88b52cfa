// The subtitle editor: the video, the cues and the keys together.
import { announce } from "../common/announce.js";
import { formatMoment, gettext, ngettext } from "../common/gettext.js";
import { formatTime, parseTime } from "../common/times.js";
import { makeCues } from "./cues.js";
import { makeFind } from "./find.js";
import { makeFindings } from "./findings.js";
import { listenToKeys } from "./keys.js";
import { makeRows } from "./rows.js";
import { makeSaving } from "./saving.js";
import { toSrt } from "./srt.js";
import { makeVideo } from "./video.js";

const countCues = (count) => ngettext("%(count)s cue", "%(count)s cues", count);

export function startEditor(data) {
  const slots = document.getElementById("slot-choice");
  const cues = makeCues(data.cues, data);
  const box = document.querySelector("[data-cues]");
  const follow = document.querySelector("[data-follow]");
  let chosen = (cues.list[Math.min(data.openAt, cues.list.length) - 1] || { id: null }).id;
  const rows = data.mayEdit ? makeRows(box, cues, data) : readOnlyRows();
  let marked = null;
  let on = null;
  let save = null;
  let findings = null;
  let find = null;

  // Rows that the server wrote: to be read and played.
  function readOnlyRows() {
    const elements = [...box.querySelectorAll("[data-cue]")];
    cues.list.forEach((cue, n) => (elements[n].dataset.cue = cue.id));
    const row = (id) => (cues.at(id) < 0 ? undefined : { element: elements[cues.at(id)], cue: cues.get(id) });
    return {
      row,
      of: (element) => row(Number(element.closest?.("[data-cue]")?.dataset.cue)),
      marked: () => [],
      apply() {},
    };
  }

  const video = makeVideo({
    listNow: () => cues.list,
    active: () => cues.get(chosen),
    peaksAt: data.peaks,
    onCurrent,
    onPick: (cue) => choose(cue.id),
  });

  // --- which cue it is about ---

  function mark(id) {
    rows.row(marked)?.element.classList.remove("is-chosen");
    marked = id;
    rows.row(id)?.element.classList.add("is-chosen");
    video.refresh();
  }

  function show(id, where = "nearest") {
    rows.row(id)?.element.scrollIntoView({ block: where });
  }

  // Make it the chosen cue; `at` puts the caret there, or selects from there on.
  function choose(id, { focus = false, at = null, length = 0, where = "center" } = {}) {
    if (cues.at(id) < 0) return;
    chosen = id;
    mark(id);
    const row = rows.row(id);
    const sight = row.element.getBoundingClientRect();
    const frame = box.getBoundingClientRect();
    if (sight.top < Math.max(frame.top, 0) || sight.bottom > Math.min(frame.bottom, window.innerHeight)) {
      show(id, where);
    }
    if (!row.text) return;
    if (focus) row.text.focus({ preventScroll: true });
    if (at !== null) row.text.setSelectionRange(at, at + length);
  }

  const isTypingHere = () => box.contains(document.activeElement) && document.activeElement.matches("textarea, input");

  function onCurrent(cue, playing) {
    rows.row(on)?.element.classList.remove("is-on");
    on = cue ? cue.id : null;
    const row = cue && rows.row(cue.id);
    if (!row) return;
    row.element.classList.add("is-on");
    if (!playing || !follow.checked || isTypingHere()) return;
    chosen = cue.id;
    mark(cue.id);
    show(cue.id, "center");
  }

  function near(by) {
    const to = cues.list[cues.at(chosen) + by];
    if (to) return choose(to.id, { focus: true, at: 0, length: to.text.length });
    if (by > 0 && data.mayEdit) insert();
  }

  // --- changing ---

  const caretOf = (row) => (row && document.activeElement === row.text ? row.text.selectionStart : null);

  function insert() {
    const cue = cues.insertAfter(chosen, video.now() ?? 0);
    if (!cue) return announce(gettext("There is no room for another cue."));
    choose(cue.id, { focus: true });
    announce(gettext("Cue %(number)s added", { number: cues.at(cue.id) + 1 }));
  }

  function split() {
    const row = rows.row(chosen);
    const cue = row && cues.split(chosen, caretOf(row), video.now());
    if (!cue) return;
    choose(cue.id, { focus: true, at: 0 });
    announce(
      gettext("Split into cues %(first)s and %(second)s", { first: cues.at(cue.id), second: cues.at(cue.id) + 1 }),
    );
  }

  function merge() {
    const merged = cues.merge(chosen);
    if (!merged) return announce(gettext("There is no next cue to merge with."));
    choose(merged.cue.id, { focus: true, at: merged.caret });
    announce(gettext("Merged into cue %(number)s", { number: cues.at(merged.cue.id) + 1 }));
  }

  function remove() {
    const number = cues.at(chosen) + 1;
    if (!number) return;
    const next = cues.remove(chosen);
    if (next) choose(next.id, { focus: true });
    announce(gettext("Cue %(number)s deleted. You can undo this.", { number }));
  }

  function back(step, message) {
    const cue = step();
    if (cue) choose(cue.id, { focus: isTypingHere() || document.activeElement === document.body });
    announce(message);
  }

  // A time where the video is. A start behind the end takes the end along, so that nothing is refused.
  function setEdge(edge) {
    const now = video.now();
    const cue = cues.get(chosen);
    if (now === null || !cue) return;
    const length = cue.end - cue.start;
    if (edge === "start") cues.change(chosen, { start: now, end: now < cue.end ? cue.end : now + length });
    else if (now > cue.start) cues.change(chosen, { end: now });
    else return announce(gettext("The cue cannot end here: the video is before its start."));
    const values = { number: cues.at(chosen) + 1, time: formatTime(now) };
    if (edge === "start") announce(gettext("Cue %(number)s starts at %(time)s", values));
    else announce(gettext("Cue %(number)s ends at %(time)s", values));
  }

  function nudge(edges, by) {
    const cue = cues.get(chosen);
    if (!cue) return;
    const values = {};
    for (const edge of edges) values[edge] = Math.max(0, cue[edge] + by);
    if (cues.change(chosen, values, `nudge-${edges.join("")}-${chosen}`)) {
      const [start, end] = edges.map((edge) => formatTime(values[edge]));
      announce(end ? gettext("%(start)s to %(end)s", { start, end }) : start);
    }
  }

  // What was typed into the time fields; both count together, so that a cue can be moved field by field.
  function typedTimes(row) {
    const start = parseTime(row.start.value);
    const end = parseTime(row.end.value);
    const kept = gettext("Until you correct this, the cue stays at %(start)s to %(end)s.", {
      start: formatTime(row.cue.start),
      end: formatTime(row.cue.end),
    });
    if (start === null || end === null) {
      const field = start === null ? row.start : row.end;
      const wrong = gettext("“%(time)s” is not a time. Use 00:01:02.500 or 62.5.", { time: field.value.slice(0, 30) });
      rows.mark(row, `${wrong} ${kept}`, [field]);
    } else if (end <= start) {
      rows.mark(row, `${gettext("The cue ends before it starts.")} ${kept}`, [row.start, row.end]);
    } else {
      rows.unmark(row);
      if (!cues.change(row.cue.id, { start, end })) {
        row.start.value = formatTime(row.cue.start);
        row.end.value = formatTime(row.cue.end);
      }
    }
    save.says();
  }

  // Looked up once: among thousands of rows that takes longer than everything else a key press does.
  const part = (selector) => document.querySelector(selector);
  const shown = {
    unfilled: part("[data-unfilled-count]"),
    next: part('[data-do="next-unfilled"]'),
    count: part("[data-count]"),
    empty: part("[data-empty]"),
    undo: part('[data-do="undo"]'),
    redo: part('[data-do="redo"]'),
  };

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function count() {
    const unfilled = cues.list.filter((cue) => !cue.text.trim()).length;
    shown.next.hidden = unfilled === 0;
    put(shown.unfilled, ngettext("%(count)s to fill in", "%(count)s to fill in", unfilled));
    put(shown.count, countCues(cues.list.length));
    shown.empty.hidden = cues.list.length > 0;
    box.hidden = cues.list.length === 0;
    shown.undo.disabled = !cues.canUndo;
    shown.redo.disabled = !cues.canRedo;
  }

  function goTo(cue, options = {}) {
    if (cue) choose(cue.id, { focus: true, ...options });
  }

  function nextUnfilled() {
    const from = cues.at(chosen);
    const order = [...cues.list.slice(from + 1), ...cues.list.slice(0, from + 1)];
    goTo(order.find((cue) => !cue.text.trim()));
  }

  async function fix(kind, id) {
    const sent = cues.list;
    const cue = id === null ? null : cues.at(id) + 1;
    try {
      const { status, json } = await save.ask({ cues: cues.rows(), fix: { kind, cue } });
      if (status !== 200 || !json) throw new Error();
      if (cues.list !== sent) return announce(gettext("The cues have changed. Try again."));
      announce(
        cues.replaceAll(json.cues) ? gettext("Fixed. You can undo this.") : gettext("There was nothing to fix."),
      );
    } catch {
      announce(gettext("Not fixed: the server did not answer. Try again."));
    }
  }

  function play() {
    const cue = cues.get(chosen);
    if (cue) video.play(cue);
  }

  // --- one name for everything that can be done, by button or key ---

  const actions = {
    play,
    loop: () => video.loop(),
    toggle: () => video.toggle(),
    "set-start": () => setEdge("start"),
    "set-end": () => setEdge("end"),
    insert,
    split,
    merge,
    delete: remove,
    undo: () => back(cues.undo, gettext("Undone")),
    redo: () => back(cues.redo, gettext("Redone")),
    find: () => find.open(selection()),
    "find-close": () => find.close(),
    "find-next": () => find.step(1),
    "find-previous": () => find.step(-1),
    replace: () => find.replaceOne(),
    "replace-all": () => find.replaceAll(),
    next: () => near(1),
    previous: () => near(-1),
    "next-finding": () => goTo(findings.next(chosen)),
    "previous-finding": () => goTo(findings.next(chosen, { back: true })),
    "next-of-kind": (button) => goTo(findings.next(chosen, { kind: button.dataset.kind })),
    "next-unfilled": nextUnfilled,
    fix: (button) => fix(button.dataset.kind, chosen),
    "fix-all": (button) => fix(button.dataset.kind, null),
    save: () => save.now(),
    "take-theirs": () => settle(true),
    "keep-mine": () => settle(false),
    "bring-back": bringBack,
    "forget-left": forgetLeft,
    "copy-out": copyOut,
    "from-source": () => cues.replaceAll(data.source.map(([start, end]) => [start, end, ""])),
    "nudge-start": () => nudge(["start"], -100),
    "nudge-start-on": () => nudge(["start"], 100),
    "nudge-end": () => nudge(["end"], -100),
    "nudge-end-on": () => nudge(["end"], 100),
    "move-back": () => nudge(["start", "end"], -100),
    "move-on": () => nudge(["start", "end"], 100),
  };
  const READING = new Set(["play", "loop", "toggle"]);

  function selection() {
    const field = document.activeElement;
    return field && field.matches("[data-text]") ? field.value.slice(field.selectionStart, field.selectionEnd) : "";
  }

  const act = (name, button) => (data.mayEdit || READING.has(name)) && actions[name](button);

  listenToKeys({ video, may: (name) => data.mayEdit || READING.has(name), act: (name) => actions[name]() });

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-do]");
    if (!button) return;
    const row = rows.of(button);
    if (row) {
      chosen = row.cue.id;
      mark(chosen);
    }
    act(button.dataset.do, button);
  });
  // A button of the bar must not take the caret away: that is where to split.
  document.addEventListener("mousedown", (event) => {
    if (event.target instanceof Element && event.target.closest(".editor-bar [data-do], .transport [data-do]")) {
      event.preventDefault();
    }
  });

  box.addEventListener("focusin", (event) => {
    const row = rows.of(event.target);
    if (!row || row.cue.id === chosen) return;
    chosen = row.cue.id;
    mark(chosen);
  });

  mark(chosen);
  if (chosen !== null && data.openAt > 1) show(chosen, "center");

  // --- from here on: editing ---

  if (!data.mayEdit) {
    slots?.addEventListener("change", () => (window.location.href = slots.value));
    return;
  }

  box.addEventListener("input", (event) => {
    const row = rows.of(event.target);
    if (row && event.target === row.text) cues.change(row.cue.id, { text: row.text.value }, `text-${row.cue.id}`);
  });
  box.addEventListener("change", (event) => {
    const row = rows.of(event.target);
    if (row && event.target.matches("[data-time]")) typedTimes(row);
  });
  box.addEventListener("keydown", (event) => {
    const row = rows.of(event.target);
    if (!row || !event.target.matches("[data-time]") || event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (by) {
      event.preventDefault();
      nudge([event.target.dataset.time], by * (event.shiftKey ? 10 : 100));
    } else if (event.key === "Enter") {
      event.preventDefault();
      typedTimes(row);
    } else if (event.key === "Escape") {
      row.start.value = formatTime(row.cue.start);
      row.end.value = formatTime(row.cue.end);
      rows.unmark(row);
      save.says();
    }
  });

  find = makeFind(cues, {
    from: () => chosen,
    caret: () => caretOf(rows.row(chosen)) ?? 0,
    goTo: (match, { stay }) => choose(match.id, { focus: !stay, at: match.at ?? null, length: match.length || 0 }),
  });
  findings = makeFindings(rows, cues);
  cues.onChange((change) => {
    rows.apply(change);
    if (cues.at(chosen) < 0) {
      chosen = (change.back[0] || cues.list[Math.min(change.at, cues.list.length - 1)] || { id: null }).id;
    }
    if (marked !== chosen || !rows.row(marked)) mark(chosen);
    count();
    video.refresh();
  });

  // --- saving, and what comes in between ---

  const notice = (name) => document.querySelector(`[data-${name}]`);
  let left = null;

  save = makeSaving(data, cues, {
    onSaved: (json, sent) => (json.later ? lookSoon() : findings.take(json, sent)),
    notSaved: () => {
      const number = rows.marked().length;
      if (number === 1) return gettext("the times of cue %(number)s", { number: rows.marked()[0].shown });
      return number ? ngettext("the times of %(count)s cue", "the times of %(count)s cues", number) : "";
    },
    onTrouble: (message, number) => {
      notice("trouble").hidden = !message;
      notice("trouble-message").textContent = message;
      if (number) choose(cues.list[number - 1]?.id, {});
    },
    onConflict: (json) => {
      const theirs = json.timed
        ? gettext("The other version has %(theirs)s, yours has %(yours)s.", {
            theirs: countCues(json.cues.length),
            yours: cues.list.length,
          })
        : gettext("The other version has no readable cues.");
      notice("conflict-text").textContent = theirs;
      notice("conflict").hidden = false;
      notice("conflict").querySelector("button").focus();
    },
  });

  // What there is to look at, asked for by itself: when the page opens, and after a save of very many cues.
  let looking = 0;

  function lookSoon() {
    window.clearTimeout(looking);
    looking = window.setTimeout(() => save.isClean() && look(), 1500);
  }

  async function look() {
    const sent = cues.list;
    try {
      const answer = await fetch(`${data.address}?only=findings`, {
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
      const json = answer.ok && !answer.redirected ? await answer.json() : null;
      if (!json || sent !== cues.list) return;
      if (json.seen === save.seen()) findings.take(json, sent);
      // Saved by the page before while this one was on its way, and nothing is typed here yet: show that.
      else if (save.isClean() && !cues.canUndo) window.location.reload();
    } catch {
      /* the next save tells */
    }
  }

  function settle(taken) {
    notice("conflict").hidden = true;
    save.settle(taken);
    announce(taken ? gettext("Using the other version. Undo to get yours back.") : gettext("Your version is kept."));
    choose(chosen, { focus: true });
  }

  function bringBack() {
    notice("left").hidden = true;
    cues.replaceAll(left.cues);
    save.forget(left.name);
    save.soon();
    announce(gettext("Your changes are restored."));
  }

  function forgetLeft() {
    notice("left").hidden = true;
    save.forget(left.name);
  }

  // The cues as a file without the portal: when that does not take them any more.
  function copyOut() {
    const text = toSrt(cues.list, data);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/x-subrip" }));
    link.download = "subtitles.srt";
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // Whoever goes on to another page takes nothing unsaved along: it is saved first.
  async function leave(address) {
    save.now();
    for (let n = 0; n < 30 && !save.isClean(); n += 1) await new Promise((done) => window.setTimeout(done, 100));
    window.location.href = address;
  }
  slots?.addEventListener("change", () => leave(slots.value));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[data-leave], a[data-export]");
    if (!link || save.isClean() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    leave(link.href);
  });

  count();
  left = save.left();
  if (left) {
    notice("left").hidden = false;
    notice("left-when").textContent = formatMoment(new Date(left.at), {
      dateStyle: "medium",
      timeStyle: "short",
    });
  }
  look();
}
