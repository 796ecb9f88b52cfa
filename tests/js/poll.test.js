// How a page polls the server, on a clock of the test's own: no second of it passes. Run by tests/test_javascript.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Poll, judge, pause } from "../../static/js/polling/poll.js";

// A browser's clock, and its window that can be hidden. `pass` lets time go by, timer after timer.
class Window {
  constructor() {
    Object.assign(this, { at: 0, timers: new Map(), last: 0, isHidden: false, reported: [] });
  }
  now() {
    return this.at;
  }
  later(act, milliseconds) {
    this.timers.set(++this.last, { act, at: this.at + milliseconds });
    return this.last;
  }
  clear(timer) {
    this.timers.delete(timer);
  }
  repeat(act, milliseconds) {
    const again = () => {
      act();
      this.later(again, milliseconds);
    };
    this.later(again, milliseconds);
  }
  hidden() {
    return this.isHidden;
  }
  random() {
    return 0.5;
  }
  report(problem) {
    this.reported.push(problem);
  }
  async pass(seconds) {
    const until = this.at + seconds * 1000;
    for (;;) {
      await settled();
      const [id, next] = [...this.timers].sort(([, a], [, b]) => a.at - b.at)[0] || [];
      if (!next || next.at > until) break;
      this.timers.delete(id);
      this.at = Math.max(this.at, next.at);
      next.act();
    }
    this.at = until;
    await settled();
  }
}

const settled = () => new Promise((done) => setImmediate(done));

// A poll of a server that answers `answers`, one after the other and the last for ever.
function following(answers, options = {}) {
  const env = new Window();
  const seen = { looks: [], shown: [], told: [] };
  const ask = async ({ etag, again, signal }) => {
    seen.looks.push({ at: env.at / 1000, etag, again });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === "hangs") {
      return new Promise((_, no) => signal.addEventListener("abort", () => no(new Error("aborted"))));
    }
    if (answer === "hangs for ever") return new Promise(() => {});
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const poll = new Poll({
    ask,
    show: (answer) => {
      seen.shown.push(answer.body);
      return options.shows?.(answer);
    },
    tell: (kind) => seen.told.push(kind),
    env,
    every: 3,
    longest: 12,
    limit: 10,
    ...options,
  });
  return { poll, env, seen };
}

const fresh = (body, more = {}) => ({ status: 200, etag: `"${body}"`, body, ...more });
const same = { status: 304 };
const cut = new Error("network");

test("an answer is judged by what it is", () => {
  const meant = {
    200: "new",
    286: "final",
    304: "same",
    401: "signed-out",
    403: "signed-out",
    404: "gone",
    410: "gone",
    429: "missed",
    500: "missed",
    503: "missed",
    204: "missed",
    0: "missed",
  };
  for (const [status, word] of Object.entries(meant)) assert.equal(judge({ status: Number(status) }), word, status);
  assert.equal(judge({ status: 0, redirected: true }), "signed-out");
  assert.equal(judge(undefined), "missed");
});

test("the pause before the next look follows what was heard", () => {
  const paces = { before: 3, every: 3, longest: 12 };
  assert.equal(pause({ outcome: "new", ...paces, before: 12 }), 3);
  assert.ok(pause({ outcome: "same", ...paces }) > 3);
  assert.equal(pause({ outcome: "same", ...paces, before: 11 }), 12);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 60].map((misses) => pause({ outcome: "missed", ...paces, misses })),
    [3, 6, 12, 24, 48, 60, 60],
  );
  assert.equal(pause({ outcome: "missed", ...paces, misses: 1, retryAfter: "30" }), 30);
  assert.equal(pause({ outcome: "signed-out", ...paces }), 15);
});

test("the server may ask for slower looks, and nonsense it says is not heeded", () => {
  const paces = { outcome: "same", before: 3, every: 3, longest: 12 };
  assert.equal(pause({ ...paces, pollAfter: "20" }), 20);
  assert.equal(pause({ ...paces, outcome: "new", pollAfter: "20" }), 20);
  assert.equal(pause({ ...paces, pollAfter: "0" }), 1);
  assert.equal(pause({ ...paces, pollAfter: "99999999" }), 300);
  for (const nonsense of [null, undefined, "", "soon", "-5", "NaN"]) {
    assert.ok(pause({ ...paces, pollAfter: nonsense }) < 12, String(nonsense));
  }
});

test("it looks, shows what is new, and asks with the ETag of what it showed", async () => {
  const { poll, env, seen } = following([fresh("one"), same, fresh("two")]);
  poll.start();
  await env.pass(11);
  assert.deepEqual(seen.shown.slice(0, 2), ["one", "two"]);
  assert.deepEqual(
    seen.looks.slice(0, 3).map((look) => look.etag),
    ["", '"one"', '"one"'],
  );
  assert.deepEqual(seen.told, []);
});

test("a look in the course of things says so; first ones and those after somebody did something do not", async () => {
  const { poll, env, seen } = following([fresh("one"), same, same, cut, same]);
  poll.now();
  await env.pass(9);
  poll.wake();
  await env.pass(8);
  poll.now();
  await env.pass(5);
  // The first; two in the course of things; coming back, which is cut; after a failure; something was done; on its way
  // again.
  assert.deepEqual(
    seen.looks.map((look) => look.again),
    [false, true, true, false, false, true, false, true],
  );
});

test("while nothing moves it looks more slowly, and at its pace again when something did", async () => {
  const { poll, env, seen } = following([...Array(20).fill(same), fresh("moved"), fresh("again")]);
  poll.start();
  await env.pass(400);
  const gaps = seen.looks.slice(1).map((look, at) => look.at - seen.looks[at].at);
  assert.ok(gaps[0] > 3 && gaps[18] === 12, gaps.join());
  assert.equal(gaps[20], 3);
});

test("one look at a time: what is asked for meanwhile comes after it", async () => {
  const { poll, env, seen } = following(["hangs", fresh("late")]);
  poll.now();
  poll.now();
  poll.now();
  await env.pass(1);
  assert.equal(seen.looks.length, 1);
  await env.pass(20);
  assert.equal(seen.shown[0], "late");
});

test("a look that never ends is given up, and the next one comes", async () => {
  for (const silence of ["hangs", "hangs for ever"]) {
    const { poll, env, seen } = following([silence, silence, fresh("at last")]);
    poll.start();
    await env.pass(60);
    assert.equal(seen.shown[0], "at last", silence);
    assert.deepEqual(seen.told, ["missed", ""], silence);
  }
});

test("after failures the page says so, comes back by itself and says that too", async () => {
  const { poll, env, seen } = following([cut, { status: 502 }, cut, { status: 503, retryAfter: "2" }, fresh("back")]);
  poll.start();
  await env.pass(4);
  assert.deepEqual(seen.told, []); // one of them is no matter
  await env.pass(6);
  assert.deepEqual(seen.told, ["missed"]);
  await env.pass(120);
  assert.equal(seen.shown[0], "back");
  assert.deepEqual(seen.told, ["missed", ""]);
});

test("it never gives up", async () => {
  const { poll, env, seen } = following([cut]);
  poll.start();
  await env.pass(3600);
  const before = seen.looks.length;
  await env.pass(130);
  assert.ok(seen.looks.length >= before + 2);
});

test("a page that breaks while showing goes on and says that it does not follow", async () => {
  let breaks = 3;
  const { poll, env, seen } = following([fresh("odd")], {
    shows: () => {
      if (breaks-- > 0) throw new Error("no such part");
    },
  });
  poll.start();
  await env.pass(120);
  assert.equal(env.reported.length, 3);
  assert.deepEqual(seen.told, ["missed", ""]);
  assert.deepEqual(
    seen.looks.slice(0, 4).map((look) => look.etag),
    ["", "", "", ""],
  ); // what was not shown is not known
});

test("a final answer ends it; coming back looks once more, and what moves again is followed", async () => {
  const { poll, env, seen } = following([
    fresh("one"),
    { ...fresh("done"), status: 286 },
    same,
    fresh("more"),
    { ...fresh("done"), status: 286 },
  ]);
  poll.start();
  await env.pass(600);
  assert.deepEqual([seen.looks.length, seen.shown.at(-1)], [2, "done"]);
  poll.wake();
  await env.pass(600);
  assert.equal(seen.looks.length, 3);
  poll.wake();
  await env.pass(600);
  assert.deepEqual(seen.shown, ["one", "done", "more", "done"]);
});

test("what the page shows can end it as well", async () => {
  const { poll, env, seen } = following([fresh("making"), fresh("made")], {
    shows: (answer) => (answer.body === "made" ? "final" : ""),
  });
  poll.start();
  await env.pass(600);
  assert.equal(seen.looks.length, 2);
});

test("a hidden page does not look, and looks at once when it is seen again", async () => {
  const { poll, env, seen } = following([same]);
  poll.start();
  await env.pass(4);
  env.isHidden = true;
  poll.wake();
  const before = seen.looks.length;
  await env.pass(3600);
  assert.equal(seen.looks.length, before);
  env.isHidden = false;
  poll.wake();
  await env.pass(0.1);
  assert.equal(seen.looks.length, before + 1);
});

test("hidden before its first look, it begins when it is seen", async () => {
  const { poll, env, seen } = following([fresh("one")]);
  env.isHidden = true;
  poll.start();
  await env.pass(100);
  assert.equal(seen.looks.length, 0);
  env.isHidden = false;
  poll.wake();
  await env.pass(0.1);
  assert.equal(seen.shown[0], "one");
});

test("a look that was on its way when the machine slept is not waited for", async () => {
  const { poll, env, seen } = following(["hangs for ever", fresh("awake")]);
  poll.start();
  await env.pass(4);
  env.timers.clear(); // as if none of them ever rang
  env.at += 8 * 3600 * 1000;
  poll.wake();
  await env.pass(0.1);
  assert.equal(seen.shown[0], "awake");
});

test("a timer that was lost is noticed by the watchdog", async () => {
  const { poll, env, seen } = following([same]);
  poll.start();
  await env.pass(4);
  env.clear(poll.timer);
  const before = seen.looks.length;
  await env.pass(30);
  assert.ok(seen.looks.length > before);
});

test("signed out is said at once, and it goes on by itself after signing in", async () => {
  for (const answer of [{ status: 0, redirected: true }, { status: 403 }, { status: 401 }]) {
    const { poll, env, seen } = following([answer, answer, fresh("signed in")]);
    poll.start();
    await env.pass(4);
    assert.deepEqual(seen.told, ["signed-out"]);
    await env.pass(60);
    assert.deepEqual([seen.told, seen.shown[0]], [["signed-out", ""], "signed in"]);
  }
});

test("what is gone is said, and ends it", async () => {
  const { poll, env, seen } = following([{ status: 404 }]);
  poll.start();
  await env.pass(600);
  assert.deepEqual([seen.told, seen.looks.length], [["gone"], 1]);
});

test("what was just done is not overwritten by an older answer", async () => {
  const answers = ["hangs", fresh("newer")];
  const { poll, env, seen } = following(answers);
  poll.start();
  await env.pass(4);
  poll.now({ fresh: true });
  await env.pass(1);
  assert.deepEqual(seen.shown, ["newer"]);
});

test("without an ETag the same words are nothing new", async () => {
  const { poll, env, seen } = following([
    { status: 200, body: "making" },
    { status: 200, body: "making" },
    { status: 200, body: "made" },
  ]);
  poll.start();
  await env.pass(12);
  assert.deepEqual(seen.shown, ["making", "made"]);
});

test("where there is nothing to look at it rests, and begins when it is told to", async () => {
  let something = false;
  const { poll, env, seen } = following([fresh("one")], { active: () => something });
  poll.start();
  await env.pass(60);
  assert.equal(seen.looks.length, 0);
  something = true;
  poll.start();
  await env.pass(4);
  assert.equal(seen.looks.length, 1);
});
