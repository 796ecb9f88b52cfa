// Uploads: what answers mean, the sentences about them, and hashing a file in pieces.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeMatcher } from "../../static/js/common/search.js";
import { formatBytes, percentOf } from "../../static/js/common/sizes.js";
import { PieceHasher } from "../../static/js/upload/hash-pieces.js";
import { describeUpload } from "../../static/js/upload/messages.js";
import {
  UploadProblem,
  explainFailure,
  fingerprint,
  makeLost,
  matchesRow,
  readRow,
} from "../../static/js/upload/problems.js";

const problemOf = (answer) => {
  try {
    return readRow(answer);
  } catch (problem) {
    assert.ok(problem instanceof UploadProblem);
    return problem;
  }
};

test("a row is what the server says it is, and nothing else is concluded from", () => {
  const row = { status: "receiving", offset: 5 };
  assert.equal(readRow({ status: 200, answer: row }), row);
  assert.deepEqual(readRow({ status: 204 }), {});
  for (const status of [404, 410]) {
    const { final, gone, remedy } = problemOf({ status });
    assert.deepEqual([final, gone, remedy], [true, true, "Upload the file again."]);
  }
  assert.equal(problemOf({ status: 404, answer: { message: "Deleted by ada." } }).message, "Deleted by ada.");
});

test("a page to sign in is no answer about an upload", () => {
  assert.equal(problemOf({ status: 0, redirected: true }).why, "signed-out");
  for (const status of [200, 401, 403]) assert.equal(problemOf({ status }).why, "signed-out");
  assert.equal(problemOf({ status: 502 }).why, "unwell");
});

test("sending goes on by itself after everything but a refusal", () => {
  const why = (status, body) => explainFailure({ status, body }).why;
  assert.equal(why(302), "signed-out");
  assert.equal(why(409), "busy");
  assert.equal(why(423), "busy");
  assert.equal(why(400), "lost");
  assert.equal(why(500, "<h1>Bad gateway</h1>"), "unwell");
  assert.equal(why(503, '{"message": "No room."}'), "full");
  assert.equal(why(503, "{}"), "unwell");
  assert.deepEqual([makeLost(true).why, makeLost(false).why], ["lost", "offline"]);
});

test("a proxy that takes no large pieces is no refusal of the portal", () => {
  const byProxy = explainFailure({ status: 413, body: "<html>" });
  assert.deepEqual([byProxy.tooLarge, byProxy.final], [true, undefined]);
  const byPortal = explainFailure({ status: 413, body: '{"message": "Larger than announced."}' });
  assert.deepEqual([byPortal.final, byPortal.message], [true, "Larger than announced."]);
  assert.equal(explainFailure({ status: 422, body: '{"message": "No."}', creating: true }).final, true);
  assert.equal(explainFailure({ status: 410 }).gone, true);
});

test("a file is known again by its date where this browser sent it, else by name and size", () => {
  const file = { name: "Épisode.mp4".normalize("NFD"), size: 7, lastModified: 3 };
  assert.ok(matchesRow(file, { name: "Épisode.mp4".normalize("NFC"), size: 7 }, null));
  assert.ok(!matchesRow(file, { name: "Épisode.mp4".normalize("NFC"), size: 8 }, null));
  assert.ok(matchesRow(file, { name: "another", size: 1 }, fingerprint(file)));
  assert.ok(!matchesRow({ ...file, lastModified: 4 }, { name: file.name, size: 7 }, fingerprint(file)));
});

test("each state of an upload has its sentence", () => {
  const upload = { sent: 1_500_000, size: 3_000_000, speed: 250_000, left: 6, trouble: { message: "No.", remedy: "" } };
  const describe = (more) => describeUpload({ ...upload, ...more }, 1_000);
  assert.equal(describe({ state: "queued", sent: 0 }), "Queued");
  assert.equal(describe({ state: "sending" }), "1.5 MB of 3.0 MB · 250 kB/s · about 6 s left");
  assert.equal(describe({ state: "sending", left: 0 }), "1.5 MB of 3.0 MB");
  assert.equal(describe({ state: "paused" }), "Paused · 1.5 MB of 3.0 MB sent");
  assert.equal(describe({ state: "refused" }), "No.");
  assert.match(describe({ state: "checking", hash: { read: 1_500_000 } }), /Comparing with your file, 50%…$/);
  assert.equal(describe({ state: "checking" }), "Upload complete. Checking…");
});

test("an upload that waits says why, and when it is tried again", () => {
  const describe = (more) => describeUpload({ state: "waiting", sent: 0, size: 1, problem: {}, ...more }, 1_000);
  assert.equal(describe({ why: "lost", retryAt: 9_000 }), "Connection lost. Trying again in 8 s.");
  assert.equal(describe({ why: "lost", retryAt: 0 }), "Connection lost. Trying now…");
  assert.match(describe({ why: "offline", retryAt: 9_000 }), /when you reconnect\.$/);
  assert.match(describe({ why: "full", retryAt: 0, problem: { message: "No room." } }), /^No room\. Trying now…$/);
});

test("amounts are written as people read them, and are not full before they are", () => {
  assert.deepEqual([0, 999, 1_500, 99_950, 412_000_000, 2.5e12].map(formatBytes), [
    "0 bytes",
    "999 bytes",
    "1.5 kB",
    "100.0 kB",
    "412 MB",
    "2500 GB",
  ]);
  assert.deepEqual([percentOf(0, 0), percentOf(1, 3), percentOf(3, 3)], [0, 33, 99]);
});

test("a search takes every word, whatever its case and accents", () => {
  const matches = makeMatcher("  ESPANOL mex ");
  assert.ok(matches("Spanish (Mexico) español es-MX"));
  assert.ok(!matches("Spanish (Spain) español es-ES"));
  assert.ok(makeMatcher("")("anything"));
});

const settled = () => new Promise((done) => setImmediate(done));

test("a file is hashed in pieces, in order, and never further than the upload is", async () => {
  const file = new Blob(["0123456789"]);
  const [added, read] = [[], []];
  const hash = { add: (bytes) => added.push(Buffer.from(bytes).toString()), hex: () => "sum" };
  const hasher = new PieceHasher(file, hash, { piece: 4, onRead: (count) => read.push(count) });
  const sum = hasher.run();
  await settled();
  await settled();
  assert.deepEqual(read, [4]);
  hasher.allow(3);
  await settled();
  assert.deepEqual(read, [4]);
  hasher.allow(10);
  assert.equal(await sum, "sum");
  assert.deepEqual(added, ["0123", "4567", "89"]);
  assert.deepEqual(read, [4, 8, 10]);
});

test("a file that cannot be read any more is a problem, and not a wrong sum", async () => {
  const gone = { size: 8, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) };
  await assert.rejects(new PieceHasher(gone, { add() {}, hex: () => "sum" }).run(), /gone/);
});
