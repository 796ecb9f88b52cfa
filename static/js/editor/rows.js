// The list of cues: one row each, whose fields can be typed into. Rows out of sight cost the browser nothing (CSS).
import { formatNumber, gettext, ngettext } from "../common/gettext.js";
import { formatTime } from "../common/times.js";
import { makeSourceText } from "./source-text.js";
import { countCharacters } from "./srt.js";

export function makeRows(box, cues, { source }) {
  const template = document.getElementById("cue-row").content.firstElementChild;
  const rows = new Map(); // id -> {element, parts...}
  const wrong = new Set(); // rows with times that are not saved
  const textDuring = makeSourceText(source);

  const q = (element, selector) => element.querySelector(selector);

  function make(cue) {
    const element = template.cloneNode(true);
    element.dataset.cue = cue.id;
    const row = {
      element,
      number: q(element, ".cue-number"),
      start: q(element, '[data-time="start"]'),
      end: q(element, '[data-time="end"]'),
      text: q(element, "[data-text]"),
      source: q(element, "[data-source]"),
      length: q(element, "[data-length]"),
      speed: q(element, "[data-speed]"),
      notes: q(element, "[data-notes]"),
      shown: 0,
      cue: null,
    };
    rows.set(cue.id, row);
    fill(row, cue);
    return row;
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function figures(row, cue) {
    const seconds = (cue.end - cue.start) / 1000;
    const characters = countCharacters(cue.text);
    put(row.length, `${formatNumber(seconds, { most: 3 })} s`);
    put(row.speed, characters ? gettext("%(speed)s cps", { speed: Math.round(characters / seconds) }) : "");
    row.speed.title = characters
      ? ngettext("%(count)s character in %(seconds)s s", "%(count)s characters in %(seconds)s s", characters, {
          seconds: formatNumber(seconds, { most: 3 }),
        })
      : "";
    row.element.classList.toggle("is-unfilled", characters === 0);
  }

  function fill(row, cue) {
    const before = row.cue;
    row.cue = cue;
    if (!before || before.start !== cue.start || before.end !== cue.end) {
      if (row.source) row.source.textContent = textDuring(cue);
      row.start.value = formatTime(cue.start);
      row.end.value = formatTime(cue.end);
      unmark(row);
    }
    if (row.text.value !== cue.text) {
      row.text.value = cue.text;
    }
    if (!before || before.text !== cue.text) grow(row);
    figures(row, cue);
  }

  // Where the browser does not let a field grow with its text, its lines are counted.
  const grows = window.CSS && CSS.supports("field-sizing", "content");
  function grow(row) {
    if (grows) return;
    const lines = row.text.value
      .split("\n")
      .reduce((count, line) => count + Math.max(1, Math.ceil(line.length / 42)), 0);
    row.text.rows = Math.max(1, lines);
  }

  function number(from = 0) {
    const list = cues.list;
    for (let index = from; index < list.length; index += 1) {
      const row = rows.get(list[index].id);
      if (row.shown === index + 1) continue;
      row.shown = index + 1;
      row.number.textContent = String(index + 1);
      row.number.setAttribute("aria-label", gettext("Play cue %(number)s", { number: index + 1 }));
      row.start.setAttribute("aria-label", gettext("Start of cue %(number)s", { number: index + 1 }));
      row.end.setAttribute("aria-label", gettext("End of cue %(number)s", { number: index + 1 }));
      row.text.setAttribute("aria-label", gettext("Text of cue %(number)s", { number: index + 1 }));
    }
  }

  // Make the page what the list is: rows that stay are left where they are, with the caret in them.
  function apply({ at, out, back }) {
    const stay = new Set(back.map((cue) => cue.id));
    for (const cue of out) {
      if (stay.has(cue.id)) continue;
      wrong.delete(rows.get(cue.id));
      rows.get(cue.id).element.remove();
      rows.delete(cue.id);
    }
    const after = cues.list[at + back.length];
    let place = after ? rows.get(after.id).element : null;
    for (let n = back.length - 1; n >= 0; n -= 1) {
      const row = rows.get(back[n].id) || make(back[n]);
      fill(row, back[n]);
      if (row.element.nextElementSibling !== place || !row.element.parentNode) box.insertBefore(row.element, place);
      place = row.element;
    }
    if (out.length !== back.length || out.some((cue, n) => cue.id !== back[n].id)) number(at);
  }

  // Times that were typed and are none, or do not go together: said beside the fields, and not saved.
  function mark(row, message, fields) {
    unmark(row);
    wrong.add(row);
    const place = document.createElement("p");
    place.className = "field-error cue-error";
    place.id = `cue-error-${row.cue.id}`;
    place.textContent = message;
    q(row.element, ".cue-head").after(place);
    for (const field of fields) {
      field.classList.add("is-invalid");
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", place.id);
    }
  }

  function unmark(row) {
    wrong.delete(row);
    q(row.element, ".cue-error")?.remove();
    for (const field of [row.start, row.end]) {
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
  }

  const all = document.createDocumentFragment();
  cues.list.forEach((cue) => all.append(make(cue).element));
  box.append(all);
  number();

  return {
    apply,
    mark,
    unmark,
    row: (id) => rows.get(id),
    of: (element) => {
      const row = element instanceof Element && element.closest("[data-cue]");
      return row ? rows.get(Number(row.dataset.cue)) : undefined;
    },
    marked: () => [...wrong],
  };
}
