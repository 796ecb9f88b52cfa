// The subtitle editor without its page: cues and undoing, finding and replacing, the text of the source, the file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCues } from "../../static/js/editor/cues.js";
import { findMatches, makePattern, placeFrom, replaceMatch, replaceMatches } from "../../static/js/editor/matches.js";
import { makeSourceText } from "../../static/js/editor/source-text.js";
import { countCharacters, toSrt } from "../../static/js/editor/srt.js";

const ROWS = [
  [0, 1000, "Hola a todos"],
  [1000, 3000, "[…]"],
  [4000, 5000, "Adiós"],
];
const cuesOf = (rows = ROWS) => makeCues(rows, { unfilled: "[…]", most: 40 });
const textsOf = (cues) => cues.list.map((cue) => cue.text);

test("a place for a text is empty, and becomes a mark again in the file", () => {
  const cues = cuesOf();
  assert.deepEqual(textsOf(cues), ["Hola a todos", "", "Adiós"]);
  assert.match(toSrt(cues.list, { unfilled: "[…]" }), /^2\n00:00:01,000 --> 00:00:03,000\n\[…\]\n$/m);
});

test("a cue is split at the caret, with the time in proportion or where the video is", () => {
  const cues = cuesOf();
  const [first] = cues.list;
  assert.equal(cues.split(first.id, 5, null).text, "a todos");
  assert.deepEqual(cues.list[0], { id: first.id, start: 0, end: 417, text: "Hola" });
  cues.undo();
  cues.split(first.id, 5, 700);
  assert.deepEqual([cues.list[0].end, cues.list[1].start, cues.list[1].end], [700, 700, 1000]);
});

test("merged cues keep their lines, and an empty one adds none", () => {
  const cues = cuesOf([
    [0, 1000, "one"],
    [1000, 2000, "two"],
    [2000, 3000, "[…]"],
  ]);
  assert.equal(cues.merge(cues.list[0].id).caret, 3);
  cues.merge(cues.list[0].id);
  assert.deepEqual(textsOf(cues), ["one\ntwo"]);
  assert.equal(cues.merge(cues.list[0].id), null);
});

test("a new cue takes the gap behind another, and times that cannot be are not taken", () => {
  const cues = cuesOf();
  const added = cues.insertAfter(cues.list[1].id);
  assert.deepEqual([added.start, added.end], [3000, 4000]);
  assert.equal(cues.change(added.id, { end: 3000 }), false);
  assert.equal(cues.change(added.id, { start: -1 }), false);
  assert.deepEqual([cues.get(added.id).start, cues.get(added.id).end], [3000, 4000]);
});

test("letters typed one after the other are undone together", () => {
  const cues = cuesOf();
  const { id } = cues.list[0];
  cues.change(id, { text: "H" }, "text");
  cues.change(id, { text: "Ho" }, "text");
  cues.undo();
  assert.equal(cues.get(id).text, "Hola a todos");
  cues.redo();
  assert.equal(cues.get(id).text, "Ho");
});

test("cues that come from the server keep their places and their identity where nothing changed", () => {
  const cues = cuesOf();
  const before = cues.list.map((cue) => cue.id);
  assert.ok(cues.replaceAll([ROWS[0], [1000, 3000, "Bien"], ROWS[2]]));
  assert.deepEqual(
    cues.list.map((cue) => cue.id),
    before,
  );
  assert.equal(cues.replaceAll(cues.rows().map(({ start, end, text }) => [start, end, text])), false);
});

test("a whole word ends where no letter goes on, in every script", () => {
  const cues = [
    { id: 1, text: "casa casas acasa, casa." },
    { id: 2, text: "дом домой" },
  ];
  assert.equal(findMatches(cues, makePattern("CASA")).length, 4);
  assert.deepEqual(
    findMatches(cues, makePattern("casa", { byWord: true })).map(({ at }) => at),
    [0, 18],
  );
  assert.equal(findMatches(cues, makePattern("Casa", { byCase: true })).length, 0);
  assert.equal(findMatches(cues, makePattern("дом", { byWord: true })).length, 1);
  assert.deepEqual(findMatches(cues, makePattern("")), []);
});

test("what is looked for is text and no pattern, and so is what replaces it", () => {
  const cues = [{ id: 7, text: "a.b axb (a.b" }];
  const pattern = makePattern("a.b");
  const matches = findMatches(cues, pattern);
  assert.deepEqual(
    matches.map(({ at, length }) => [at, length]),
    [
      [0, 3],
      [9, 3],
    ],
  );
  assert.equal(placeFrom(matches, { index: 0, at: 1 }), 1);
  assert.equal(placeFrom(matches, { index: 1, at: 0 }), -1);
  assert.equal(replaceMatch(cues[0].text, matches[1], "$&"), "a.b axb ($&");
  assert.equal(replaceMatches(cues, pattern, "$1").get(7), "$1 axb ($1");
});

test("beside a cue stands what is said in the source meanwhile", () => {
  const textDuring = makeSourceText([
    [2000, 4000, "second"],
    [0, 2000, "first"],
    [9000, 9500, "last"],
  ]);
  assert.equal(textDuring({ start: 0, end: 2100 }), "first");
  assert.equal(textDuring({ start: 500, end: 3500 }), "first\nsecond");
  assert.equal(textDuring({ start: 5000, end: 8000 }), "");
});

test("markup and line ends are not said by anybody", () => {
  assert.equal(countCharacters("<i>Hola</i>\n{\\an8}  mundo "), 10);
  assert.equal(countCharacters("👍"), 1);
});
