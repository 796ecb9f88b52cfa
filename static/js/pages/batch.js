// A batch: many files dropped at once, each uploaded in its row, and a table that follows the server.
import { announce } from "../common/announce.js";
import { csrfToken } from "../common/csrf.js";
import { lockForm, unlockForm } from "../common/form-lock.js";
import { gettext } from "../common/gettext.js";
import { makeMatcher } from "../common/search.js";
import { formatBytes } from "../common/sizes.js";
import { formatElapsed } from "../common/times.js";
import { isSubtitleFile } from "../common/subtitle-files.js";
import { watchParts } from "../polling/live-parts.js";
import { OVER, startUpload } from "../upload/upload.js";

const drop = document.getElementById("drop");
const box = () => document.getElementById("batch-rows");
const uploads = new Map(); // by the id of the draft

// --- adding files ---

const input = drop.querySelector("[data-files]");
function takeChosen() {
  const files = [...input.files];
  input.value = "";
  if (files.length) addFiles(files);
}
input.addEventListener("change", takeChosen);
setTimeout(takeChosen); // somebody may have chosen files before this script was there
for (const kind of ["dragover", "drop", "dragleave"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // a file dropped beside the box would take the place of the page
    drop.classList.toggle("is-over", kind === "dragover");
    if (kind === "drop") addFiles([...event.dataTransfer.files]);
  });
}

const subtitles = document.getElementById("id_subtitle_files");

// Subtitles go to the form that takes them; it is sent as soon as they are in it.
function addSubtitles(files) {
  const most = Number(subtitles.dataset.max);
  const transfer = new DataTransfer();
  files.filter((file) => file.size <= most).forEach((file) => transfer.items.add(file));
  subtitles.files = transfer.files;
  if (transfer.files.length) subtitles.dispatchEvent(new Event("change", { bubbles: true }));
  return files.filter((file) => file.size > most).map((file) => describeTooLarge(file, most));
}

const describeTooLarge = (file, most) =>
  gettext("%(file)s: larger than the limit of %(limit)s.", { file: file.name, limit: formatBytes(most) });

async function addFiles(dropped) {
  const files = dropped.filter((file) => !isSubtitleFile(file));
  const ofSubtitles = addSubtitles(dropped.filter(isSubtitleFile));
  if (!files.length) return leftOut(ofSubtitles);
  const max = Number(drop.dataset.max);
  const refused = [...ofSubtitles];
  const usable = files.filter((file) => {
    if (file.size && file.size <= max) return true;
    refused.push(
      file.size ? describeTooLarge(file, max) : gettext("%(file)s: this file is empty.", { file: file.name }),
    );
    return false;
  });
  for (let at = 0; at < usable.length; at += 100) refused.push(...(await createDrafts(usable.slice(at, at + 100))));
  leftOut(refused);
  look();
}

async function createDrafts(files) {
  const asked = { files: files.map((file) => ({ name: file.name, size: file.size })) };
  let answer;
  try {
    const headers = {
      "X-CSRFToken": csrfToken(),
      "X-Requested-With": "XMLHttpRequest",
      "Content-Type": "application/json",
    };
    const response = await fetch(drop.dataset.createUrl, { method: "POST", body: JSON.stringify(asked), headers });
    answer = await response.json();
    if (!response.ok) return [answer.message || gettext("The files were not added. Try again.")];
  } catch (error) {
    const out = error instanceof SyntaxError;
    return [
      out
        ? gettext("You are signed out. Sign in in another tab, then drop the files again.")
        : gettext("The server cannot be reached. Drop the files again when you are back online."),
    ];
  }
  return answer.files.map((entry, at) => startEntry(entry, files[at])).filter(Boolean);
}

// Starts the upload of one file; returns why not, or "".
function startEntry(entry, file) {
  if (entry.message) return entry.message;
  if (entry.has_file || (uploads.has(entry.asset) && !OVER.includes(uploads.get(entry.asset).state))) {
    return gettext("%(file)s is already in this batch.", { file: file.name });
  }
  const options = {
    kind: "video",
    asset: entry.asset,
    onprogress: paint,
    onchange: changed,
    ondone: (upload) => {
      announce(gettext("%(file)s is uploaded.", { file: upload.name }));
      look();
    },
    ontrouble: (upload) => {
      announce(`${upload.name}: ${upload.describe()}`);
      look();
    },
  };
  if (entry.url && entry.size === file.size) options.url = entry.url;
  const upload = startUpload(file, options);
  upload.asset = entry.asset;
  uploads.set(entry.asset, upload);
  return "";
}

function leftOut(messages) {
  const notice = drop.querySelector("[data-left-out]");
  notice.hidden = !messages.length;
  notice
    .querySelector("[data-left-out-list]")
    .replaceChildren(...messages.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
}

// --- what the rows show of it ---

function changed(upload) {
  paint(upload);
  counts();
  if (upload.state === "checking") look();
}

function paint(upload) {
  const row = box().querySelector(`[data-asset="${upload.asset}"]`);
  if (!row) return;
  const isShown =
    !["done", "cancelled"].includes(upload.state) &&
    !(upload.state === "refused" && row.querySelector(".batch-messages"));
  row.querySelector("[data-progress]").hidden = !isShown;
  row.querySelector("progress").value = upload.size ? Math.round((upload.sent / upload.size) * 1000) : 0;
  row.querySelector("[data-figures]").textContent = upload.describe();
  row.querySelector("[data-pause]").hidden = !["queued", "starting", "sending", "waiting"].includes(upload.state);
  row.querySelector("[data-resume]").hidden = !(
    upload.state === "paused" ||
    (upload.state === "failed" && upload.trouble?.canRetry)
  );
  const waits = row.querySelector("[data-needs-file]");
  if (waits) waits.hidden = isShown;
}

function counts() {
  const all = [...uploads.values()];
  const open = all.filter((upload) => !OVER.includes(upload.state));
  const paused = open.filter((upload) => upload.state === "paused").length;
  const sent = all.reduce((sum, upload) => sum + upload.sent, 0);
  const size = all.reduce((sum, upload) => sum + upload.size, 0);
  drop.querySelector("[data-uploads]").hidden = !open.length;
  drop.querySelector("[data-uploads-summary]").textContent = gettext(
    "%(done)s of %(all)s uploaded · %(sent)s of %(size)s",
    {
      done: all.length - open.length,
      all: all.length,
      sent: formatBytes(sent),
      size: formatBytes(size),
    },
  );
  drop.querySelector("[data-pause-all]").hidden = paused === open.length;
  drop.querySelector("[data-resume-all]").hidden = !paused;
}
window.setInterval(() => uploads.size && counts(), 1000);

const each = (act) => uploads.forEach((upload) => !OVER.includes(upload.state) && act(upload));
drop.querySelector("[data-pause-all]").addEventListener("click", () => {
  each((upload) => upload.pause());
  announce(gettext("All uploads paused."));
});
drop
  .querySelector("[data-resume-all]")
  .addEventListener("click", () => each((upload) => upload.state === "paused" && upload.start()));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pause], [data-resume]");
  const upload = button && uploads.get(Number(button.closest("[data-asset]").dataset.asset));
  if (!upload) return;
  const pausing = "pause" in button.dataset;
  if (pausing) upload.pause();
  else upload.start();
  button
    .closest("td")
    .querySelector(pausing ? "[data-resume]" : "[data-pause]")
    .focus();
});
window.addEventListener("beforeunload", (event) => {
  if ([...uploads.values()].some((upload) => !OVER.includes(upload.state) && upload.state !== "checking")) {
    event.preventDefault();
  }
});

// --- what is pressed: nothing leaves this page, for that would cut the uploads ---

let sending = false;
document.addEventListener(
  "submit",
  (event) => {
    const token = event.target.elements.csrfmiddlewaretoken;
    if (token) token.value = csrfToken();
    if (event.target.matches("[data-send]")) {
      sending = true;
      poll.drop();
      lockForm(event.target, event.target.querySelector("#send"));
    } else if (event.target.closest("[data-asset]")) {
      event.preventDefault();
      askToRemove(event.target);
    }
  },
  true,
);

const sheet = document.getElementById("remove");
let removing = null;
function askToRemove(form) {
  removing = form;
  sheet.querySelector("[data-remove-name]").textContent = form
    .closest("[data-asset]")
    .querySelector(".batch-link").textContent;
  sheet.showModal();
}
sheet.querySelector("[data-remove-now]").addEventListener("click", async () => {
  const form = removing;
  const row = form.closest("[data-asset]");
  const upload = uploads.get(Number(row.dataset.asset));
  sheet.close();
  uploads.delete(Number(row.dataset.asset));
  try {
    if (upload && !OVER.includes(upload.state)) await upload.cancel();
    const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true" };
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers,
      redirect: "manual",
    });
    if (response.type === "opaqueredirect") {
      leftOut([gettext("You are signed out. Sign in in another tab, then delete the draft again.")]);
    } else if (response.status === 409) leftOut([await response.text()]);
    else if (!response.ok && response.status !== 404) {
      leftOut([gettext("The draft was not deleted: the server returned an error. Try again.")]);
    }
    announce(response.ok ? gettext("Draft deleted.") : gettext("The draft was not deleted."));
  } catch {
    leftOut([gettext("The draft was not deleted: the server cannot be reached. Try again when you are back online.")]);
  }
  box().querySelector("#outcome").focus();
  look();
});

// --- following the server ---

let announced = box().dataset.announcement;
const poll = watchParts({
  url: () => (sending ? "" : box().dataset.poll),
  expects: "batch-rows",
  etag: () => box().dataset.etag,
  shown,
  every: 2.5,
  longest: 20,
});
const look = () => poll.now(); // while rows are being sent there is nothing to look at: their answer brings them

function tick() {
  document.querySelectorAll("[data-since]").forEach((element) => {
    element.textContent = formatElapsed((Date.now() - Date.parse(element.dataset.since)) / 1000);
  });
}
window.setInterval(tick, 1000);

function shown() {
  uploads.forEach(paint);
  tick();
  if (box().dataset.announcement !== announced) announce((announced = box().dataset.announcement));
}

// Forms of this page: their answers are parts of it, unless somebody was signed out meanwhile.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const path = new URL(event.detail.xhr.responseURL, location.href).pathname;
  if (path.startsWith("/batches/")) return;
  event.detail.shouldSwap = false;
  window.location.reload();
});
document.body.addEventListener("htmx:afterSwap", () => uploads.forEach(paint));
document.body.addEventListener("htmx:afterRequest", (event) =>
  answered(event.detail.requestConfig.elt, event.detail.successful),
);
poll.start({ final: box().hasAttribute("data-final") });

// What was pressed has its answer in the page. Without one, the rows know what became of it.
function answered(elt, successful) {
  if (elt.matches("[data-subtitles]")) return subtitlesAnswered(successful);
  const wasSent = elt.matches("[data-send]");
  if (wasSent) {
    sending = false;
    unlockForm(elt);
  }
  if (wasSent && successful) {
    box().querySelector("#outcome").focus();
    announce((announced = box().dataset.announcement));
  } else if (successful) {
    const note = document.querySelector("[data-saved]");
    (note
      ? document.querySelector("#settings > summary")
      : document.querySelector("#settings .field-error")?.closest(".field, fieldset")?.querySelector("input, select")
    )?.focus();
    announce(
      note
        ? gettext("Settings applied to all rows.")
        : gettext("The settings were not applied. Correct them and try again."),
    );
  } else {
    leftOut([gettext("The server did not answer. Check the rows for the result, and try again if nothing changed.")]);
  }
  poll.etag = ""; // so that the rows and the button come anew
  poll.now({ fresh: true });
}

function subtitlesAnswered(successful) {
  subtitles.value = "";
  if (!successful) leftOut([gettext("The subtitles were not added: the server did not answer. Add them again.")]);
  poll.etag = "";
  poll.now({ fresh: true });
}

// --- languages of all of them ---

document.addEventListener("input", (event) => {
  if (event.target.id !== "batch-languages") return;
  const matches = makeMatcher(event.target.value);
  document.querySelectorAll("#batch-languages-list .picker-item").forEach((item) => {
    item.hidden = !matches(item.dataset.searchText);
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "batch-languages") return;
  event.preventDefault();
  const visible = [...document.querySelectorAll("#batch-languages-list .picker-item:not([hidden]) input")];
  if (visible.length === 1) visible[0].click();
});
document.addEventListener("change", (event) => {
  if (event.target.name !== "targets") return;
  const number = document.querySelectorAll("#batch-languages-list :checked").length;
  document.querySelector("[data-chosen-count]").textContent = number ? `(${number})` : "";
});
// What stands hidden until there is a script, in a part that came later.
document.body.addEventListener("htmx:afterSwap", () => {
  document.querySelectorAll("#settings [data-needs-script]").forEach((element) => (element.hidden = false));
});
