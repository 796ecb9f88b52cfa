// Find and replace in the texts of the cues: one by one or all at once, by case and by whole words.
import { announce } from "../common/announce.js";
import { gettext, ngettext } from "../common/gettext.js";
import { findMatches, makePattern, placeFrom, replaceMatch, replaceMatches } from "./matches.js";

export function makeFind(cues, { goTo, from, caret }) {
  const bar = document.querySelector("[data-find]");
  const what = document.getElementById("find-what");
  const instead = document.getElementById("find-with");
  const count = bar.querySelector("[data-find-count]");
  const byCase = bar.querySelector("[data-find-case]");
  const byWord = bar.querySelector("[data-find-word]");
  let isReplaced = false; // the count tells of a replacement, until somebody searches on
  let current = null; // the match that is shown: {id, at, length}

  const pattern = () => makePattern(what.value, { byCase: byCase.checked, byWord: byWord.checked });
  const matches = () => findMatches(cues.list, pattern());
  const isHere = (match) => current && match.id === current.id && match.at === current.at;

  function says(all) {
    isReplaced = false;
    const place = all.findIndex(isHere);
    if (!what.value) count.textContent = "";
    else if (!all.length) count.textContent = gettext("None");
    else if (place < 0) count.textContent = ngettext("%(count)s found", "%(count)s found", all.length);
    else count.textContent = gettext("%(place)s of %(count)s", { place: place + 1, count: all.length });
  }

  function step(by) {
    const all = matches();
    let place = all.findIndex(isHere);
    if (place < 0) {
      const index = cues.at(from());
      const after = placeFrom(all, { index, at: caret() });
      place = by > 0 ? (after < 0 ? 0 : after) : (after < 0 ? all.length : after) - 1;
    } else place += by;
    current = all.length ? all[(place + all.length) % all.length] : null;
    if (current) goTo(current, { stay: bar.contains(document.activeElement) });
    says(all);
    return current;
  }

  function replaceOne() {
    const all = matches();
    if (!all.some(isHere)) return step(1);
    const cue = cues.get(current.id);
    const text = replaceMatch(cue.text, current, instead.value);
    const { id, at } = current;
    cues.change(id, { text });
    // On behind what was put in: a replacement that contains what is looked for is not found again.
    const rest = matches();
    const index = cues.at(id);
    current = rest[placeFrom(rest, { index, at: at + instead.value.length })] || rest[0] || null;
    if (current) goTo(current, { stay: true });
    says(rest);
  }

  function replaceAll() {
    const wanted = pattern();
    if (!wanted) return;
    const number = matches().length;
    const texts = replaceMatches(cues.list, wanted, instead.value);
    current = null;
    if (number && cues.setTexts(texts)) {
      count.textContent = ngettext("%(count)s replaced", "%(count)s replaced", number);
      isReplaced = true;
      announce(ngettext("%(count)s replaced. You can undo this.", "%(count)s replaced. You can undo this.", number));
    } else says([]);
  }

  function open(selected) {
    bar.hidden = false;
    if (selected && !selected.includes("\n")) what.value = selected;
    current = null;
    says(matches());
    what.focus();
    what.select();
  }

  function close() {
    bar.hidden = true;
    if (current) goTo(current, { stay: false });
    else goTo({ id: from() }, { stay: false });
    current = null;
  }

  bar.addEventListener("submit", (event) => {
    event.preventDefault();
    step(1);
  });
  bar.addEventListener("input", (event) => {
    if (event.target === instead) return;
    current = null;
    says(matches());
  });
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && event.target === instead) {
      event.preventDefault();
      replaceOne();
    } else if (event.key === "Enter" && event.shiftKey && event.target === what) {
      event.preventDefault();
      step(-1);
    }
  });
  cues.onChange(() => !bar.hidden && !isReplaced && says(matches()));

  return { open, close, step, replaceOne, replaceAll, isOpen: () => !bar.hidden };
}
