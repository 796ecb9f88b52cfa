// Parts of a page that follow the server: watchParts asks, puts what is new in the place of what is old, and says so
// when it cannot. When to look stands in poll.js.
import { announce } from "../common/announce.js";
import { formatMoment, gettext } from "../common/gettext.js";
import { Poll } from "./poll.js";

const polls = new Map(); // poll -> what is wrong with it
const RANK = ["signed-out", "gone", "missed"];

const env = {
  now: () => Date.now(),
  later: (act, milliseconds) => window.setTimeout(act, milliseconds),
  clear: (timer) => window.clearTimeout(timer),
  repeat: (act, milliseconds) => window.setInterval(act, milliseconds),
  hidden: () => document.hidden,
  random: Math.random,
  report: (problem) => console.error(problem),
};

// `url()`: where the parts come from; "" when nothing is to be followed now. `expects`: the id of the part that has to
// be in the answer. `etag()`: of what the page was made with. `shown(answer)`: after the parts are in their places.
// `ask` and `show`: instead of fetching and replacing parts, for what is no page. `quiet`: nothing is said of misses.
export function watchParts({
  url,
  expects = "",
  etag = () => "",
  shown = () => {},
  ask,
  show,
  quiet = false,
  ...paces
}) {
  const poll = new Poll({
    ...paces,
    env,
    etag: etag(),
    active: () => Boolean(url()),
    ask: ask || ((look) => fetchParts(url(), look)),
    show:
      show ||
      ((answer) => {
        replaceParts(answer.body, expects);
        shown(answer);
        return url() ? "" : "final";
      }),
    tell: (kind) => quiet || tell(poll, kind),
  });
  polls.set(poll, "");
  return poll;
}

async function fetchParts(url, { etag, signal, again }) {
  const headers = { "X-Requested-With": "XMLHttpRequest" };
  if (etag) headers["If-None-Match"] = etag;
  if (again) headers["X-Look"] = "again";
  const response = await fetch(url, {
    signal,
    headers,
    redirect: "manual",
    cache: "no-store",
    credentials: "same-origin",
  });
  const [pollAfter, retryAfter] = ["Poll-After", "Retry-After"].map((name) => response.headers.get(name));
  const answer = { status: response.status, redirected: response.type === "opaqueredirect", pollAfter, retryAfter };
  if (![200, 286].includes(response.status)) return answer;
  return { ...answer, etag: response.headers.get("ETag") || "", body: await response.text() };
}

// --- parts in their places -----------------------------------------------------------------------------------------

// Each element with an id takes the place of the one with that id. A part whose data-state did not change stays, and so
// does one in which somebody typed (data-typed): nobody's playing, reading or typing stops.
function replaceParts(html, expects) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const parts = [...fresh.content.children].filter((part) => part.id);
  if (expects && !parts.some((part) => part.id === expects)) throw new Error(`no #${expects} in the answer`);
  for (const part of parts) {
    const old = document.getElementById(part.id);
    if (old && !stays(old, part)) replacePart(old, part);
  }
  document.dispatchEvent(new CustomEvent("portal:shown"));
}

// Whether somebody changed it since the page came.
export function isTyped(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "hidden") return false;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  return field.value !== "" && [...field.options].some((option) => option.selected !== option.defaultSelected);
}

function stays(old, part) {
  if (old.dataset.state !== undefined && old.dataset.state === part.dataset.state) return true;
  return "typed" in old.dataset && [...old.querySelectorAll("input, select, textarea")].some(isTyped);
}

function replacePart(old, part) {
  const open = [...old.querySelectorAll("details[id]")].map((details) => [details.id, details.open]);
  const dialog = old.querySelector("dialog[open]")?.id;
  const focus = old.contains(document.activeElement) ? placeOf(document.activeElement, old) : null;
  part.removeAttribute("hx-swap-oob");
  old.replaceWith(part);
  part.querySelectorAll("[data-needs-script]").forEach((element) => (element.hidden = false));
  open.forEach(([id, on]) => document.getElementById(id)?.toggleAttribute("open", on));
  if (dialog) document.getElementById(dialog)?.showModal?.();
  focus?.(part)?.focus({ preventScroll: true });
  window.htmx?.process(part);
}

// How to find in the new part what had the focus in the old one: by its id, else by what it is and is called.
function placeOf(element, old) {
  if (element.id) return () => document.getElementById(element.id);
  const named = (one) =>
    [
      one.tagName,
      one.getAttribute("name"),
      one.getAttribute("href"),
      one.getAttribute("aria-label"),
      one.textContent.trim(),
    ].join("\n");
  const row = element.parentElement.closest("[id]");
  const [name, around] = [named(element), row && row !== old ? row.id : ""];
  return (part) =>
    [...((around && document.getElementById(around)) || part).querySelectorAll(element.tagName)].find(
      (one) => named(one) === name,
    );
}

// Each part of the page that needs nothing else: data-poll says where it comes from, data-every how often (seconds).
export function followParts() {
  document.querySelectorAll("[data-poll][id]").forEach(({ id, dataset }) => {
    const current = () => document.getElementById(id);
    const every = Number(dataset.every) || 4;
    const longest = Math.max(30, 4 * every);
    const etag = () => dataset.etag || "";
    const poll = watchParts({ url: () => current()?.dataset.poll || "", expects: id, etag, every, longest });
    poll.start({ final: "final" in dataset });
  });
}

// --- saying that it does not follow --------------------------------------------------------------------------------

const line = document.getElementById("not-updating");
let since = "";

const clock = () => formatMoment(new Date(), { hour: "2-digit", minute: "2-digit" });

function tell(poll, kind) {
  const before = worst();
  polls.set(poll, kind);
  const now = worst();
  if (now === before || !line) return;
  if (!before) since = clock();
  line.hidden = !now;
  line.querySelectorAll("[data-when]").forEach((part) => (part.hidden = part.dataset.when !== now));
  line.querySelectorAll("[data-true-at]").forEach((part) => (part.textContent = since));
  announce(
    now
      ? line.querySelector(`[data-when="${now}"]`).textContent.replace(/\s+/g, " ").trim()
      : gettext("Updating again."),
  );
}

function worst() {
  const kinds = new Set(polls.values());
  return RANK.find((kind) => kinds.has(kind)) || "";
}

const each = (act) => polls.forEach((_, poll) => act(poll));
line?.querySelector("[data-try-now]").addEventListener("click", () => each((poll) => poll.now({ fresh: true })));
document.addEventListener("visibilitychange", () => each((poll) => poll.wake()));
window.addEventListener("online", () => each((poll) => poll.wake()));
window.addEventListener(
  "pageshow",
  (event) =>
    event.persisted &&
    each((poll) => {
      poll.drop();
      poll.wake();
    }),
);
