// The cues of the subtitle editor: what can be done with them, and undone. Knows no page.
// A cue is never changed but replaced, so that a state is a list that can be kept, and undoing is a list put back.
import { LAST_TIME } from "../common/times.js";

const TOGETHER = 1500; // milliseconds between two key presses that are undone together
const SHORTEST = 1;
const USUAL = 2000;

export function makeCues(rows, { unfilled, most }) {
  let ids = 0;
  let list = rows.map(fromRow);
  const past = []; // {at, out, back, group}: `out` stood at `at` before, `back` after
  const future = [];
  const listeners = [];
  let base = null; // the list before the topmost step, as long as that grows
  let grownAt = 0;

  function fromRow([start, end, text]) {
    return { id: ++ids, start, end, text: text === unfilled ? "" : text };
  }

  const at = (id) => list.findIndex((cue) => cue.id === id);
  const get = (id) => list[at(id)];

  // What differs between two lists: everything between the first and the last cue that is another one.
  function difference(before, after) {
    let head = 0;
    const shorter = Math.min(before.length, after.length);
    while (head < shorter && before[head] === after[head]) head += 1;
    let tail = 0;
    while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
    return { at: head, out: before.slice(head, before.length - tail), back: after.slice(head, after.length - tail) };
  }

  function notify(step) {
    listeners.forEach((listener) => listener(step));
  }

  // One step that can be undone. Steps of one `group` that follow each other closely are one.
  function become(after, group = "") {
    const before = list;
    const step = difference(before, after);
    if (!step.out.length && !step.back.length) return false;
    if (after.length > most) return false;
    list = after;
    const now = Date.now();
    const top = past[past.length - 1];
    if (group && base && top && top.group === group && now - grownAt < TOGETHER) {
      past[past.length - 1] = { ...difference(base, after), group };
    } else {
      base = before;
      past.push({ ...step, group });
    }
    grownAt = now;
    future.length = 0;
    notify({ ...step, how: group || "step" });
    return true;
  }

  function swap(step, from, to, how) {
    const replaced = step[from].length;
    list = [...list.slice(0, step.at), ...step[to], ...list.slice(step.at + replaced)];
    base = null;
    notify({ at: step.at, out: step[from], back: step[to], how });
    return step[to][how === "redo" ? step[to].length - 1 : 0] || list[Math.min(step.at, list.length - 1)] || null;
  }

  function undo() {
    const step = past.pop();
    if (!step) return null;
    future.push(step);
    return swap(step, "back", "out", "undo");
  }

  function redo() {
    const step = future.pop();
    if (!step) return null;
    past.push(step);
    return swap(step, "out", "back", "redo");
  }

  const replaced = (index, count, ...cues) => [...list.slice(0, index), ...cues, ...list.slice(index + count)];

  function change(id, values, group) {
    const index = at(id);
    if (index < 0) return false;
    const cue = { ...list[index], ...values };
    if (cue.text === list[index].text && cue.start === list[index].start && cue.end === list[index].end) return false;
    if (cue.start < 0 || cue.end - cue.start < SHORTEST || cue.end > LAST_TIME) return false;
    return become(replaced(index, 1, cue), group);
  }

  // Where the text is cut when the caret does not say: near the same part of it as of the time.
  function nearest(text, part) {
    const wanted = text.length * part;
    let best = -1;
    for (const match of text.matchAll(/\s+/g)) {
      const place = match.index;
      if (place > 0 && (best < 0 || Math.abs(place - wanted) < Math.abs(best - wanted))) best = place;
    }
    return best > 0 ? best : Math.round(wanted);
  }

  // Cut a cue in two: the text at the caret, the time where the video is if that is inside the cue.
  function split(id, caret, playhead) {
    const index = at(id);
    const cue = list[index];
    if (!cue || cue.end - cue.start < 2 * SHORTEST) return null;
    const inside = playhead !== null && playhead > cue.start && playhead < cue.end;
    const inText = caret !== null && caret > 0 && caret < cue.text.length;
    const part = inside ? (playhead - cue.start) / (cue.end - cue.start) : 0.5;
    const cut = inText ? caret : nearest(cue.text, part);
    const share = cue.text.length ? cut / cue.text.length : 0.5;
    const moment = inside
      ? playhead
      : Math.min(
          cue.end - SHORTEST,
          Math.max(cue.start + SHORTEST, Math.round(cue.start + (cue.end - cue.start) * share)),
        );
    const first = { ...cue, end: moment, text: cue.text.slice(0, cut).trimEnd() };
    const second = { id: ++ids, start: moment, end: cue.end, text: cue.text.slice(cut).trimStart() };
    return become(replaced(index, 1, first, second)) ? second : null;
  }

  function merge(id) {
    const index = at(id);
    const [first, second] = [list[index], list[index + 1]];
    if (!first || !second) return null;
    const parts = [first.text, second.text].filter((text) => text.trim());
    const text = parts.join(parts.some((part) => part.includes("\n")) ? " " : "\n");
    const cue = { ...first, start: Math.min(first.start, second.start), end: Math.max(first.end, second.end), text };
    return become(replaced(index, 2, cue)) ? { cue, caret: first.text.length } : null;
  }

  // A new cue after this one, in the gap if there is one; or at the moment given when there is no cue at all.
  function insertAfter(id, moment) {
    const index = at(id);
    const before = list[index];
    const start = before ? before.end : moment;
    const next = list[index + 1];
    const room = before && next && next.start > start + 200 ? next.start - start : USUAL;
    const end = Math.min(start + Math.min(USUAL, room), LAST_TIME);
    if (end <= start) return null;
    const cue = { id: ++ids, start, end, text: "" };
    return become(replaced(index + 1, 0, cue)) ? cue : null;
  }

  function remove(id) {
    const index = at(id);
    if (index < 0 || !become(replaced(index, 1))) return null;
    return list[Math.min(index, list.length - 1)] || null;
  }

  // Other cues in the place of all: from the server, or after a fix. Those that are the same stay the same.
  function replaceAll(rowsAfter) {
    const fresh = rowsAfter.map(([start, end, text]) => ({ start, end, text: text === unfilled ? "" : text }));
    const same = (cue, row) => cue.start === row.start && cue.end === row.end && cue.text === row.text;
    let head = 0;
    while (head < Math.min(list.length, fresh.length) && same(list[head], fresh[head])) head += 1;
    let tail = 0;
    while (
      tail < Math.min(list.length, fresh.length) - head &&
      same(list[list.length - 1 - tail], fresh[fresh.length - 1 - tail])
    ) {
      tail += 1;
    }
    const keepIds = list.length === fresh.length;
    const middle = fresh.slice(head, fresh.length - tail).map((row, n) => {
      const old = keepIds && list[head + n];
      if (old && same(old, row)) return old;
      return { id: old ? old.id : ++ids, ...row };
    });
    return become([...list.slice(0, head), ...middle, ...list.slice(list.length - tail)]);
  }

  // Several texts at once, as one step: a Map from id to text.
  function setTexts(texts) {
    return become(
      list.map((cue) =>
        texts.has(cue.id) && texts.get(cue.id) !== cue.text ? { ...cue, text: texts.get(cue.id) } : cue,
      ),
    );
  }

  return {
    get list() {
      return list;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    at,
    get,
    change,
    split,
    merge,
    insertAfter,
    remove,
    replaceAll,
    setTexts,
    undo,
    redo,
    rows: () => list.map((cue) => ({ start: cue.start, end: cue.end, text: cue.text })),
    onChange: (listener) => listeners.push(listener),
  };
}
