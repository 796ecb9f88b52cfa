// Finding text in cues, and what is left when it is replaced. Knows no page.
// A word ends where no letter, digit or mark goes on: in every script.
const INSIDE = "[\\p{L}\\p{N}\\p{M}_]";

export function makePattern(query, { byCase = false, byWord = false } = {}) {
  if (!query) return null;
  const literal = query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const whole = byWord ? `(?<!${INSIDE})${literal}(?!${INSIDE})` : literal;
  return new RegExp(whole, byCase ? "gu" : "giu");
}

// Every place: {id, index (of the cue), at, length}.
export function findMatches(cues, pattern) {
  if (!pattern) return [];
  return cues.flatMap((cue, index) =>
    [...cue.text.matchAll(pattern)].map((match) => ({ id: cue.id, index, at: match.index, length: match[0].length })),
  );
}

// The place of the first match at or behind a position, or -1.
export const placeFrom = (matches, { index, at }) =>
  matches.findIndex((match) => match.index > index || (match.index === index && match.at >= at));

export function replaceMatch(text, { at, length }, replacement) {
  return text.slice(0, at) + replacement + text.slice(at + length);
}

// The texts of all cues with every match replaced: a Map by the cues' ids.
export function replaceMatches(cues, pattern, replacement) {
  return new Map(cues.map((cue) => [cue.id, cue.text.replace(pattern, () => replacement)]));
}
