// Times: typed by people, and shown to them.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LAST_TIME,
  formatBilledMinutes,
  formatClock,
  formatDuration,
  formatElapsed,
  formatEstimate,
  formatSrtTime,
  formatTime,
  parseTime,
} from "../../static/js/common/times.js";

test("times are read as subtitlers write them", () => {
  for (const [text, milliseconds] of [
    ["00:01:02.500", 62_500],
    ["1:02.5", 62_500],
    ["62.5", 62_500],
    ["62,5 s", 62_500],
    [" 0 ", 0],
    ["90:00", 5_400_000],
    ["1.0005", 1_001],
  ]) {
    assert.equal(parseTime(text), milliseconds, text);
  }
});

test("what is not a time is none", () => {
  for (const text of ["", "never", "1:60", "1:60:00", "-1", "1:2:3:4", "1.2.3"]) {
    assert.equal(parseTime(text), null, text);
  }
});

test("a subtitle ends before a hundred hours are over", () => {
  assert.equal(parseTime("99:59:59.999", { last: LAST_TIME }), LAST_TIME);
  assert.equal(parseTime("100:00:00", { last: LAST_TIME }), null);
  assert.equal(parseTime("100:00:00"), LAST_TIME + 1);
});

test("what is shown is read again as the same", () => {
  for (const milliseconds of [0, 1, 999, 59_999, 3_599_999, 3_600_000, LAST_TIME]) {
    assert.equal(parseTime(formatTime(milliseconds)), milliseconds);
  }
  assert.equal(formatTime(62_499.6), "00:01:02.500");
  assert.equal(formatSrtTime(62_500), "00:01:02,500");
});

test("lengths have the units that people say", () => {
  assert.deepEqual([59, 62, 600].map(formatClock), ["0:59", "1:02", "10:00"]);
  assert.deepEqual([4, 4.46, 59.94, 62, 120, 3600, 3900].map(formatDuration), [
    "4 s",
    "4.5 s",
    "59.9 s",
    "1 min 2 s",
    "2 min",
    "1 h",
    "1 h 5 min",
  ]);
  assert.deepEqual([-3, 0.9, 59, 60, 3661].map(formatElapsed), ["0 s", "0 s", "59 s", "1 min 0 s", "1 h 1 min"]);
  assert.deepEqual([0.2, 59, 90, 3600].map(formatEstimate), ["1 s", "59 s", "2 min", "1 h 0 min"]);
});

test("paid minutes are rounded up to tenths, as the server does it", () => {
  assert.deepEqual([6, 6.001, 60, 61, 60_000].map(formatBilledMinutes), [
    "0.1 min",
    "0.2 min",
    "1 min",
    "1.1 min",
    "1,000 min",
  ]);
});
