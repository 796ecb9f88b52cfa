// The draft's form on the new-asset page: saved while somebody types, and submitted. Its steps are modules of their
// own.
import { announce } from "../common/announce.js";
import { csrfToken } from "../common/csrf.js";
import { isLocked } from "../common/form-lock.js";
import { gettext } from "../common/gettext.js";
import { formatBytes } from "../common/sizes.js";
import { findField } from "./fields.js";
import { isTyped, watchParts } from "../polling/live-parts.js";
import { uploads } from "../upload/stage.js";

const form = document.getElementById("asset-form");
const state = document.getElementById("save-state");

// --- saving ---

let timer = 0;
let unsaved = false;
let isBehind = false; // another tab has saved the draft: this page may not send it
const waiting = [];

// Pressing a button leaves the field before it, which saves what was typed. An answer that came before the press ends
// would move or replace what is under the pointer, and the browser would drop the click.
let isPressing = false;
document.addEventListener("pointerdown", () => (isPressing = true), true);
["pointerup", "pointercancel", "dragstart", "dragend"].forEach((kind) =>
  document.addEventListener(kind, () => (isPressing = false), true),
);
window.addEventListener("blur", () => (isPressing = false));

function showState(text, lost = false) {
  const place = state.querySelector("[data-status]");
  if (lost && place.textContent !== text) announce(text);
  state.classList.toggle("is-lost", lost);
  place.textContent = text;
  if (!lost || !isBehind) return;
  place.append(
    " ",
    Object.assign(document.createElement("a"), { href: window.location.href, textContent: gettext("Reload") }),
  );
}

// Save after a pause: what the other scripts of this page call when they changed a field.
export function saveSoon(milliseconds) {
  unsaved = true;
  window.clearTimeout(timer);
  if (!state.classList.contains("is-lost")) showState(gettext("Saving…"));
  timer = window.setTimeout(sendDraft, milliseconds);
}

function sendDraft() {
  window.clearTimeout(timer);
  // What was pressed has all of it; an answer to anything else would be of a page that is not this one any more.
  if (isLocked(form)) return (timer = window.setTimeout(sendDraft, 1000));
  if (isPressing) return (timer = window.setTimeout(sendDraft, 100));
  showState(gettext("Saving…"));
  form.elements.csrfmiddlewaretoken.value = csrfToken();
  window.htmx.trigger(form, "keep");
}

// Save now. `then` runs when the answer stands in the page.
export function saveNow({ then } = {}) {
  if (then) waiting.push(then);
  unsaved = true;
  sendDraft();
}

// htmx would send this to the address of the button that has the focus, when that has one of its own.
form.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.triggeringEvent?.type === "keep") event.detail.path = form.getAttribute("hx-post");
});
// A text that nobody touched here since it was saved is not sent again: it may have been changed in the editor or in
// another window since, and this page would put the old one back. Submitting goes by the same rule.
const known = new WeakMap(); // text area -> what the server has of it, as far as this page knows
let onTheWay = [];
const texts = () => [...form.querySelectorAll("textarea.slot-text")];
const isKept = (text) => text.value === (known.has(text) ? known.get(text) : text.defaultValue);
form.addEventListener("formdata", ({ formData }) => {
  texts()
    .filter(isKept)
    .forEach((text) => formData.delete(text.name));
});
form.addEventListener("htmx:beforeRequest", () => (onTheWay = texts().map((text) => [text, text.value])));
form.addEventListener("htmx:beforeRequest", () => (unsaved = false));
form.addEventListener("htmx:afterRequest", (event) => {
  const { successful, xhr } = event.detail;
  const reason = xhr.getResponseHeader("Content-Type")?.startsWith("text/plain") ? xhr.responseText.trim() : "";
  const final = {
    400: gettext("Not saved. %(reason)s", { reason: reason || gettext("Reload this page.") }),
    404: gettext("Not saved: this draft was deleted"),
    409: gettext(
      "Not saved: this draft was changed in another tab. " +
        "Reload this page to continue with that version. Your unsaved changes here are lost.",
    ),
    413: gettext("Not saved. %(reason)s", { reason: reason || gettext("The subtitles are too large.") }),
  }[xhr.status];
  isBehind = xhr.status === 409;
  if (final) return showState(final, true);
  // A fix beside a text saves the form as well, at an address of its own.
  const asked = new URL(event.detail.pathInfo.finalRequestPath, location.href).pathname;
  if (successful && new URL(xhr.responseURL).pathname === asked) return takeAnswer();
  showState(
    successful ? gettext("Not saved: sign in again in another tab") : gettext("Not saved, trying again…"),
    true,
  );
  if (!unsaved) saveSoon(4000);
});

function takeAnswer() {
  onTheWay.forEach(([text, value]) => known.set(text, value));
  markFields();
  const pilot = document.getElementById("pilot");
  if (pilot && !pilot.classList.contains("is-busy")) {
    pilot.disabled = Boolean(document.querySelector("#pilot-part[data-under-way]"));
  }
  waiting.splice(0).forEach((then) => then());
  if (!unsaved) showState(gettext("Saved"));
}

window.addEventListener("beforeunload", (event) => {
  if (unsaved && !sending && state.classList.contains("is-lost")) event.preventDefault();
});

// Errors appear beside fields while somebody types; the field itself has to say so too.
function markFields() {
  form.querySelectorAll("[data-errors-of]").forEach((place) => {
    const input = findField(place.dataset.errorsOf);
    if (!input) return;
    const wrong = place.children.length > 0;
    input.classList.toggle("is-invalid", wrong);
    input.toggleAttribute("aria-invalid", wrong);
    if (wrong) input.setAttribute("aria-invalid", "true");
    const hint = document.getElementById(`${input.id}_helptext`);
    const described = [hint && hint.id, wrong && place.id].filter(Boolean).join(" ");
    if (described) input.setAttribute("aria-describedby", described);
    else input.removeAttribute("aria-describedby");
  });
}

function concerns(target) {
  return target.name && !target.matches("[data-no-autosave], [data-file]");
}

form.addEventListener("input", (event) => {
  if (event.target.type !== "file" && concerns(event.target)) saveSoon(700);
});
form.addEventListener("change", (event) => {
  if (event.target.matches("[data-text-max]") && !fitsSubtitles(event.target)) return;
  if (concerns(event.target)) saveSoon(30);
});

// Leaving with something typed a moment ago.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden" || !unsaved || sending) return;
  navigator.sendBeacon(form.getAttribute("hx-post"), new FormData(form));
});

// --- submitting ---

let sending = false;

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.matches("textarea, button, summary, a, [type=file]")) return;
  event.preventDefault();
  if (!event.target.matches("[data-no-autosave]")) saveSoon(30);
});
form.addEventListener(
  "submit",
  (event) => {
    if (isBehind) {
      event.preventDefault();
      state.scrollIntoView({ block: "center" });
      return announce(state.textContent);
    }
    if (uploads.stage) {
      event.preventDefault();
      const message =
        uploads.stage === "checking"
          ? gettext("The file is being checked. Try again in a moment.")
          : gettext("The file is still uploading. Submit when it is done.");
      document.getElementById("submit-note").textContent = message;
      announce(message);
      return;
    }
    sending = true;
    window.clearTimeout(timer);
    form.elements.csrfmiddlewaretoken.value = csrfToken();
  },
  true,
);
window.addEventListener("pageshow", (event) => {
  sending = false;
  // Back from the editor: what the browser kept of this page is older than what was written there.
  if (event.persisted && !unsaved) window.location.reload();
});

const pilots = document.getElementById("pilots-sent");
if (pilots?.dataset.poll) {
  watchParts({
    url: () => document.getElementById("pilots-sent").dataset.poll,
    expects: "pilots-sent",
    every: 4,
    longest: 30,
  }).start();
}

// Another provider has another form: what was typed is saved with the choice, and the page comes anew.
const provider = document.querySelector("[data-provider]");
provider?.addEventListener("change", () => {
  if (uploads.stage) {
    provider.value = [...provider.options].find((option) => option.defaultSelected).value;
    announce(gettext("The file is still uploading. Change the provider when it is done."));
    return;
  }
  leaving = true;
  form.requestSubmit(form.querySelector('button[value="provider"]'));
});
// An answer that comes meanwhile may be for the next page already: it has fields that this one has not.
let leaving = false;
window.addEventListener("pageshow", () => (leaving = false));
form.addEventListener("htmx:beforeSwap", (event) => {
  if (isPressing) saveSoon(100);
  event.detail.shouldSwap &&= !leaving && !isPressing;
});
// Somebody may have typed or chosen before this script was there.
const fields = [...form.elements].filter((element) => element.matches("input:not([type=file]), select, textarea"));
if (fields.some((field) => concerns(field) && isTyped(field))) saveSoon(700);
if (provider && !provider.selectedOptions[0]?.defaultSelected) {
  setTimeout(() => provider.dispatchEvent(new Event("change")));
}

// What is wrong, and what is worth a look, is said at the top and beside the button: each with a link to its place.
// A link from elsewhere may lead to a field as well: to the one that made the last attempt fail.
function goTo(hash) {
  const target = hash.length > 1 && document.getElementById(hash.slice(1));
  if (!target) return false;
  const details = target.closest("details");
  if (details) details.open = true;
  target.focus();
  target.scrollIntoView({ block: "center" });
  return true;
}
const problems = document.querySelector("[data-focus]");
if (problems) problems.focus();
else goTo(window.location.hash);
document.addEventListener("click", (event) => {
  const link = event.target.closest("#form-problems a, #readiness a, .summary-missing a, #causes a");
  if (link && goTo(link.hash)) event.preventDefault();
});

// Subtitles that are too large are not even read.
function fitsSubtitles(input) {
  const file = input.files[0];
  if (!file || file.size <= Number(input.dataset.textMax)) return true;
  input.value = "";
  const limit = formatBytes(Number(input.dataset.textMax));
  const status = document.getElementById(input.id.replace(/-file$/, "-status"));
  status.textContent = gettext("%(file)s was not added: subtitles can have at most %(limit)s.", {
    file: file.name,
    limit,
  });
  return false;
}
