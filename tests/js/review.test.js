import assert from "node:assert/strict";
import { test } from "node:test";

import { frameAt, middleOf, stepFrom } from "../../static/js/review/frames.js";
import { Range } from "../../static/js/review/range.js";

const NTSC = 30000 / 1001;

test("a step leads to the middle of the next frame, at any rate and after two hours", () => {
  for (const rate of [10, 23.976, 25, NTSC, 59.94]) {
    for (const frame of [0, 1, 1000, Math.floor(7200 * rate)]) {
      const at = middleOf(frame, rate);
      assert.equal(frameAt(at, rate), frame);
      assert.equal(frameAt(stepFrom(at, 1, rate), rate), frame + 1);
      assert.equal(frameAt(stepFrom(at, -1, rate), rate), Math.max(0, frame - 1));
    }
  }
});

test("a step from the edge of a frame goes one frame, and not two or none", () => {
  for (let frame = 0; frame < 300; frame += 1) {
    assert.equal(frameAt(stepFrom(frame / NTSC, 1, NTSC), NTSC), frame + 1);
  }
});

test("a range that starts after its end has no end", () => {
  const range = new Range();
  range.startAt(2);
  range.endAt(5);
  assert.ok(range.isWhole);
  range.startAt(6);
  assert.deepEqual(range.get(), { start: 6, end: null });
  assert.ok(!range.isWhole);
  range.endAt(4);
  assert.deepEqual(range.get(), { start: 4, end: 4 });
  range.set(null);
  assert.deepEqual(range.get(), { start: null, end: null });
});

test("whoever listens hears of each change", () => {
  const range = new Range();
  const heard = [];
  range.onChange((now) => heard.push(now));
  range.set(1, 3);
  range.set(null);
  assert.deepEqual(heard, [
    { start: 1, end: 3 },
    { start: null, end: null },
  ]);
});
