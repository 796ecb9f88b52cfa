// Saving the cues while somebody works on them: after a pause, over what this page last saw and nothing else.
// What is not saved yet stands in the browser's own storage as well, and is offered again when the page is opened anew.
import { csrfToken } from "../common/csrf.js";
import { gettext } from "../common/gettext.js";

const PAUSE = 900;
const WAITS = [2, 4, 8, 15, 30]; // seconds between tries
const OLD = 60 * 24 * 3600 * 1000; // nobody comes back for what is older
const KEEPALIVE_BYTES = 60_000; // what a browser sends for a page that is gone

export function makeSaving(data, cues, { onSaved, onConflict, onTrouble, notSaved }) {
  const state = document.getElementById("save-state");
  const label = state.querySelector("[data-status]");
  let seen = data.seen;
  let timer = 0;
  let keeping = 0;
  let unsaved = false; // something changed since the last answer
  let isUnderWay = false;
  let isStopped = false; // until a person decides: theirs or mine, or the asset is gone
  let tries = 0;
  let theirs = null;
  let unanswered = null; // what was sent last without an answer: the server may have it all the same

  function says(text, tone = "") {
    const missing = tone === "saved" && notSaved();
    state.classList.toggle("is-lost", tone === "lost");
    state.classList.toggle("is-partly", Boolean(missing));
    label.textContent = missing ? gettext("Saved, except %(missing)s", { missing }) : text;
  }

  // --- in the browser ---

  // Each window keeps its own: two of them must not write over each other here either.
  const key = `${data.key}:${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

  function remember() {
    keeping = 0;
    try {
      localStorage.setItem(
        key,
        JSON.stringify({ at: Date.now(), seen, cues: cues.list.map((cue) => [cue.start, cue.end, cue.text]) }),
      );
    } catch {
      /* full or forbidden: the page still has it */
    }
  }

  function forget(name = key) {
    window.clearTimeout(keeping);
    keeping = 0;
    try {
      localStorage.removeItem(name);
    } catch {
      /* nothing to forget then */
    }
  }

  // As the server writes a text down.
  const written = (text) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean)
      .join("\n") || data.unfilled;

  const same = (rows, others) =>
    rows.length === others.length &&
    rows.every(
      ([start, end, text], n) =>
        start === others[n][0] && end === others[n][1] && written(text) === written(others[n][2]),
    );

  function isSame(json, list) {
    return (
      Boolean(list) &&
      json.timed &&
      same(
        json.cues,
        list.map((cue) => [cue.start, cue.end, cue.text]),
      )
    );
  }

  // The newest of what was never saved: {name, at, cues}, or null.
  function left() {
    const rows = cues.list.map((cue) => [cue.start, cue.end, cue.text]);
    let newest = null;
    try {
      for (let n = localStorage.length - 1; n >= 0; n -= 1) {
        const name = localStorage.key(n);
        if (!name.startsWith("cues:")) continue;
        const stored = JSON.parse(localStorage.getItem(name));
        if (Date.now() - stored.at > OLD) localStorage.removeItem(name);
        else if (!name.startsWith(`${data.key}:`)) continue;
        else if (same(stored.cues, rows)) localStorage.removeItem(name);
        else if (!newest || stored.at > newest.at) newest = { name, ...stored };
      }
    } catch {
      return null;
    }
    return newest;
  }

  // --- on the server ---

  function soon() {
    unsaved = true;
    if (!keeping) keeping = window.setTimeout(remember, 250);
    if (isStopped) return;
    window.clearTimeout(timer);
    if (!tries) says(gettext("Saving…"));
    timer = window.setTimeout(send, PAUSE);
  }

  async function ask(body, options = {}) {
    const answer = await fetch(data.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken(), Accept: "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout ? AbortSignal.timeout(20_000) : undefined,
      ...options,
    });
    const isOurs = !answer.redirected && (answer.headers.get("Content-Type") || "").startsWith("application/json");
    return { status: answer.status, redirected: answer.redirected, json: isOurs ? await answer.json() : null };
  }

  async function send(options = {}) {
    window.clearTimeout(timer);
    if (isUnderWay || isStopped || !unsaved) return;
    isUnderWay = true;
    unsaved = false;
    const sent = cues.list;
    if (!tries) says(gettext("Saving…"));
    let answer = null;
    try {
      answer = await ask({ cues: cues.rows(), seen }, options);
    } catch {
      /* no connection: the same as no answer */
    }
    isUnderWay = false;
    if (answer) take(answer, sent);
    else retryLater(gettext("Not saved, trying again"), sent);
  }

  function take({ status, redirected, json }, sent) {
    if (status === 200 && json) return kept(json, sent);
    unsaved = true;
    if (status === 409 && json && !json.sent) return conflict(json, sent);
    if (status === 409 || status === 404 || status === 410) {
      return stop(json ? json.message : gettext("Not saved: this draft was deleted."));
    }
    if ([400, 413, 422].includes(status) && json) {
      const [number, problem] = json.problems[0];
      says(gettext("Not saved"), "lost");
      const trouble = number
        ? gettext("Not saved. Cue %(number)s: %(reason)s", { number, reason: problem })
        : gettext("Not saved. %(reason)s", { reason: problem });
      return onTrouble(trouble, number);
    }
    retryLater(
      redirected || status === 401
        ? gettext("Not saved: sign in again in another tab")
        : gettext("Not saved, trying again"),
    );
  }

  function kept(json, sent) {
    seen = json.seen;
    unanswered = null;
    tries = 0;
    onTrouble("");
    onSaved(json, sent);
    if (cues.list !== sent) return soon();
    unsaved = false;
    forget();
    says(gettext("Saved"), "saved");
  }

  function retryLater(text, sent = null) {
    unsaved = true;
    if (sent) unanswered = sent;
    remember();
    says(text, "lost");
    timer = window.setTimeout(send, WAITS[Math.min(tries, WAITS.length - 1)] * 1000);
    tries += 1;
  }

  function stop(text) {
    isStopped = true;
    remember();
    says(gettext("Not saved"), "lost");
    onTrouble(text);
  }

  // What the server has may be what was sent before, whose answer got lost; then nobody else changed anything.
  function conflict(json, sent) {
    if (isSame(json, unanswered) || isSame(json, sent)) {
      seen = json.seen;
      unanswered = null;
      return send();
    }
    isStopped = true;
    theirs = json;
    remember();
    says(gettext("Not saved: changed elsewhere"), "lost");
    onConflict(json);
  }

  // After a conflict: from here on it is their text that is written over, or kept.
  function settle(taken) {
    if (taken && !theirs.timed) {
      unsaved = false;
      return window.location.reload(); // it is no list of cues any more
    }
    seen = theirs.seen;
    isStopped = false;
    unsaved = true;
    const rows = theirs.cues;
    theirs = null;
    if (taken) cues.replaceAll(rows);
    send();
  }

  window.addEventListener("online", () => unsaved && send());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !unsaved || isStopped) return;
    remember();
    const isSmall = JSON.stringify(cues.rows()).length < KEEPALIVE_BYTES;
    send(isSmall ? { keepalive: true } : {});
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved || isUnderWay) remember();
    if ((unsaved || isUnderWay) && (isStopped || tries)) event.preventDefault();
  });

  cues.onChange(soon);
  return {
    soon,
    now: send,
    settle,
    left,
    forget,
    says: () => !unsaved && !isUnderWay && says(gettext("Saved"), "saved"),
    ask,
    seen: () => seen,
    isClean: () => !unsaved && !isUnderWay,
  };
}
