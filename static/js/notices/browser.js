// New notices as notifications of the browser, for whoever turned them on in it: while a tab is open, each once.
//
// One of the tabs looks, seen or not: it holds a lock that the next tab gets when it closes. How far it has looked is
// in the browser's storage, and a tab that takes over goes on there; after a while without a tab, nothing old is shown.
import { Poll } from "../polling/poll.js";

const EVERY = 30; // seconds
const SOONEST = 10;
const FORGOTTEN = 180; // no tab was open for that long: timers of hidden tabs run once a minute
const MOST = 3;

const bell = () => document.getElementById("unread-notices");
const key = (name) => `browser-notices-${name}:${bell().dataset.reader}`;

// "on", "off", "denied" by the browser, or "unsupported".
export function browserNotices() {
  if (!("Notification" in window) || !navigator.locks || !window.isSecureContext) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && localStorage.getItem(key("wanted")) ? "on" : "off";
}

// `many`: what is shown for several at once, with {count} in it. Asks the browser's permission: only after a click.
export async function turnOnBrowserNotices(many) {
  if ((await Notification.requestPermission()) !== "granted") return;
  localStorage.setItem(key("wanted"), many);
  startBrowserNotices();
}

export function turnOffBrowserNotices() {
  localStorage.removeItem(key("wanted"));
  localStorage.removeItem(key("seen"));
}

let isWaiting = false; // or looking

export function startBrowserNotices() {
  if (isWaiting || !bell() || browserNotices() !== "on") return;
  isWaiting = true;
  navigator.locks.request(key("lock"), look).finally(() => (isWaiting = false));
}

window.addEventListener("storage", (event) => {
  if (bell() && event.key === key("wanted")) startBrowserNotices();
});

let last = null; // the newest notice that this browser has seen; null: whatever is there is not new

// Until they are turned off, or the tab is closed.
function look() {
  return new Promise((end) => {
    last = secondsSinceLook() < FORGOTTEN ? seen().newest : null;
    const poll = new Poll({ ask, show, env, active: () => isOn() || end(), every: EVERY, longest: EVERY });
    if (secondsSinceLook() < SOONEST) poll.start();
    else poll.now();
  });
}

const isOn = () => Boolean(bell()) && browserNotices() === "on";

const env = {
  now: () => Date.now(),
  later: (act, milliseconds) => window.setTimeout(act, milliseconds),
  clear: (timer) => window.clearTimeout(timer),
  repeat: (act, milliseconds) => window.setInterval(act, milliseconds),
  hidden: () => false,
  random: Math.random,
  report: (problem) => console.error(problem),
};

const seen = () => JSON.parse(localStorage.getItem(key("seen")) || "null");
const secondsSinceLook = () => (Date.now() - (seen()?.at ?? 0)) / 1000;

function keep(newest) {
  last = newest;
  localStorage.setItem(key("seen"), JSON.stringify({ newest, at: Date.now() }));
}

async function ask({ etag, signal, again }) {
  const after = last === null ? "" : `?after=${last}`;
  const headers = { "X-Requested-With": "XMLHttpRequest" };
  // What is not shown yet has to come, whatever this tab has seen before.
  if (etag && after) headers["If-None-Match"] = etag;
  if (again) headers["X-Look"] = "again";
  const response = await fetch(bell().dataset.newFrom + after, {
    signal,
    headers,
    redirect: "manual",
    cache: "no-store",
    credentials: "same-origin",
  });
  const answer = { status: response.status, redirected: response.type === "opaqueredirect" };
  if (response.status === 304) keep(last);
  if (response.status !== 200) return answer;
  return { ...answer, etag: response.headers.get("ETag") || "", body: await response.json() };
}

function show({ body: { newest, notices } }) {
  keep(newest);
  if (notices.length > MOST) {
    const title = localStorage.getItem(key("wanted")).replace("{count}", notices.length);
    return notify(title, "", bell().href, "notices");
  }
  notices.forEach(({ id, title, text, url }) => notify(title, text, url, `notice-${id}`));
}

function notify(title, text, url, tag) {
  let shown;
  try {
    shown = new Notification(title, { body: text, tag, lang: document.documentElement.lang });
  } catch {
    return; // telephones have this for service workers alone
  }
  shown.addEventListener("click", () => {
    shown.close();
    // In a tab of its own: somebody may be filling in a form in this one.
    window.open(url)?.focus();
  });
}
