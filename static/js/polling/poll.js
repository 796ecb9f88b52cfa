// Polling the server in a way that cannot stop without a word. No page in here: `ask` fetches, `show` shows, `tell`
// says what is wrong, `env` is the clock; live-parts.js brings those of a browser.
//
//   One look at a time, and each has a time limit. Hidden pages do not look; whoever comes back sees a look at once.
//   While nothing moves the looks come more slowly, or as slowly as the server asks for (Poll-After, in seconds).
//   After a failure they come more slowly too, from the second one on the page says so, and they never end.
//   A final answer (286) ends them; coming back to the page has one more look all the same.
//   A watchdog starts a look that should have been: timers are lost when machines sleep.
const SLOWER = 1.4;
const LONGEST_MISS = 60; // seconds between looks while the server cannot be reached
const SIGNED_OUT = 15;
const REPORTED_AFTER = 2; // misses
const WATCH = 5; // seconds
const JITTER = 0.1; // so that many pages do not look at one moment

// What an answer means: "new", "same", "final", "signed-out", "gone" or "missed".
export function judge({ status = 0, redirected = false } = {}) {
  if (redirected || status === 401 || status === 403) return "signed-out";
  if (status === 286) return "final";
  if (status === 200) return "new";
  if (status === 304) return "same";
  return status === 404 || status === 410 ? "gone" : "missed";
}

const seconds = (text, most) => {
  const read = text === null || text === undefined || text === "" ? NaN : Number(text);
  return Number.isFinite(read) && read >= 0 ? Math.min(read, most) : null;
};

// Seconds until the next look.
export function pause({ outcome, before, every, longest, misses = 0, pollAfter = null, retryAfter = null }) {
  if (outcome === "missed") {
    return Math.max(seconds(retryAfter, 300) ?? 0, Math.min(every * 2 ** Math.max(0, misses - 1), LONGEST_MISS));
  }
  if (outcome === "signed-out") return SIGNED_OUT;
  const asked = seconds(pollAfter, 300);
  if (asked !== null) return Math.max(1, asked);
  return outcome === "same" ? Math.min(before * SLOWER, Math.max(longest, every)) : every;
}

export class Poll {
  // ask({etag, signal, again}) -> {status, redirected, etag, body, pollAfter, retryAfter}; rejects when nothing came
  // show(answer): shows it, and returns "final" when nothing moves any more; what it throws counts as a miss
  // tell(kind): "" all is well, "missed", "signed-out" or "gone"
  // active(): whether there is anything to look at now
  constructor({
    ask,
    show,
    tell = () => {},
    active = () => true,
    env,
    every = 3,
    longest = 20,
    limit = 15,
    etag = "",
  }) {
    Object.assign(this, { ask, show, tell, active, env, every, longest, limit, etag });
    Object.assign(this, {
      wait: every,
      misses: 0,
      reported: "",
      run: null,
      again: false,
      timer: null,
      due: Infinity,
      body: null,
    });
    this.finished = true; // until start()
    this.begun = false;
    env.repeat(() => this.watch(), WATCH * 1000);
  }

  // Begin, or go on after the end: something was begun that moves. `final`: nothing moves, but whoever comes back has a
  // look.
  start({ final = false } = {}) {
    this.begin();
    this.finished = final;
    if (!this.run) this.plan(this.every);
    return this;
  }

  // Look at once. `fresh`: what is on its way is older than what was just done, and is not shown.
  now({ fresh = false } = {}) {
    if (fresh) this.drop();
    this.begin();
    if (this.run) this.again = true;
    else this.look();
  }

  begin() {
    this.begun = true;
    this.finished = false;
    this.wait = this.every;
  }

  // The person, the connection or the machine is back.
  wake() {
    if (this.env.hidden() || !this.begun) return this.rest();
    if (this.run && this.env.now() - this.run.since < this.limit * 1000) return;
    this.drop();
    this.wait = this.every;
    this.look();
  }

  rest() {
    this.env.clear(this.timer);
    this.timer = null;
    this.due = Infinity;
  }

  plan(wait) {
    this.rest();
    if (this.finished || this.env.hidden()) return;
    const milliseconds = wait * 1000 * (1 + JITTER * (2 * this.env.random() - 1));
    this.due = this.env.now() + milliseconds;
    this.timer = this.env.later(() => this.look({ again: true }), milliseconds);
  }

  watch() {
    if (this.env.hidden()) return;
    const now = this.env.now();
    if (this.run) {
      if (now - this.run.since > (this.limit + WATCH) * 1000) this.missed(this.run);
    } else if (!this.finished && (this.timer === null || now > this.due + WATCH * 1000)) this.look();
  }

  drop() {
    if (!this.run) return;
    const { controller, timer } = this.run;
    this.run = null;
    this.env.clear(timer);
    controller.abort();
  }

  // `again`: in the course of things, as opposed to somebody who came back or did something.
  async look({ again = false } = {}) {
    if (this.run || this.env.hidden()) return;
    this.rest();
    if (!this.active()) return (this.finished = true);
    this.again = false;
    const run = { since: this.env.now(), controller: new AbortController() };
    this.run = run;
    run.timer = this.env.later(() => this.missed(run), this.limit * 1000);
    let answer;
    try {
      const isRoutine = again && this.misses === 0 && !this.reported;
      answer = await this.ask({ etag: this.etag, again: isRoutine, signal: run.controller.signal });
    } catch {
      return this.missed(run);
    }
    if (this.run === run) this.heard(run, answer);
  }

  heard(run, answer) {
    let outcome = judge(answer);
    // Without an ETag, the same words are the same answer.
    if (outcome === "new" && !answer.etag && answer.body !== undefined && answer.body === this.body) outcome = "same";
    if (outcome === "new" || outcome === "final") {
      try {
        if (this.show(answer) === "final") outcome = "final";
      } catch (problem) {
        this.env.report(problem);
        return this.missed(run);
      }
      this.etag = answer.etag || "";
      this.body = answer.body;
    }
    if (outcome === "missed") return this.missed(run, answer);
    this.drop();
    this.misses = 0;
    this.say(outcome === "signed-out" || outcome === "gone" ? outcome : "");
    if (outcome === "final" || outcome === "gone") this.finished = true;
    else if (outcome === "new") this.finished = false;
    this.next(outcome, answer);
  }

  missed(run, answer = {}) {
    if (this.run !== run) return;
    this.drop();
    this.misses += 1;
    if (this.misses >= REPORTED_AFTER || this.reported) this.say("missed");
    this.next("missed", answer);
  }

  next(outcome, { pollAfter, retryAfter } = {}) {
    const { wait: before, every, longest, misses } = this;
    const wait = pause({ outcome, before, every, longest, misses, pollAfter, retryAfter });
    if (outcome === "new" || outcome === "same") this.wait = wait;
    if (this.again && !this.finished && outcome !== "missed") return this.look();
    this.plan(wait);
  }

  say(kind) {
    if (kind === this.reported) return;
    this.reported = kind;
    this.tell(kind);
  }
}
