// Several subtitle files at once: chosen, or dropped anywhere on the page. The server says which language each is in.
import { announce } from "../common/announce.js";
import { gettext } from "../common/gettext.js";
import { formatBytes } from "../common/sizes.js";
import { isSubtitleFile } from "../common/subtitle-files.js";

const place = () => document.querySelector("[data-subtitle-files]");
const inputOf = () => place()?.querySelector("[type=file]");

// Those that are larger than subtitles can be are not even read; they do not keep the others back.
function take(files) {
  const input = inputOf();
  const most = Number(input.dataset.max);
  const fitting = files.filter((file) => file.size <= most);
  const left = files.filter((file) => file.size > most).map((file) => file.name);
  if (left.length) {
    const notice = place().querySelector("[data-too-large]");
    notice.textContent = gettext("Not added, larger than %(limit)s: %(files)s", {
      limit: formatBytes(most),
      files: left.join(", "),
    });
    notice.hidden = false;
  }
  const transfer = new DataTransfer();
  fitting.forEach((file) => transfer.items.add(file));
  input.files = transfer.files;
  return fitting.length > 0;
}

function dropped(event) {
  const files = [...(event.dataTransfer?.files || [])];
  const mine = inputOf() ? files.filter(isSubtitleFile) : [];
  if (!mine.length) return;
  if (mine.length === files.length) event.preventDefault();
  // One file dropped on a language is for that language.
  const slot = mine.length === 1 && event.target.closest?.(".slot")?.querySelector("[type=file]");
  if (slot) slot.files = event.dataTransfer.files;
  if (slot || take(mine)) (slot || inputOf()).dispatchEvent(new Event("change", { bubbles: true }));
  if (!slot) place().scrollIntoView({ block: "nearest" });
}

// Slots that changed, and languages that were chosen or taken back because of files.
function placeSlots() {
  const came = document.getElementById("came-slots");
  const chosen = new Set(came.dataset.chosen.split(" "));
  const list = document.getElementById("chosen");
  for (const slot of [...came.children]) {
    const old = list.querySelector(`[data-slot="${slot.dataset.slot}"]`);
    if (old) old.replaceWith(slot);
    else list.append(slot);
    slot.querySelectorAll("[data-needs-script]").forEach((element) => (element.hidden = false));
  }
  document.querySelectorAll('.picker-item input[name="targets"]').forEach((box) => {
    if (box.checked === chosen.has(box.value)) return;
    if (box.checked) list.querySelector(`[data-slot="${box.value}"]`)?.remove();
    box.disabled = false;
    box.checked = chosen.has(box.value);
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const message = place()?.querySelector("[data-message]");
  if (message) announce(message.closest("p").textContent.trim());
  const active = document.activeElement;
  if (active && active !== document.body) return;
  (place()?.querySelector("select") || document.getElementById("subtitle_files-undo") || inputOf())?.focus();
}

export function startSubtitleFiles() {
  document.addEventListener("drop", dropped, true);
  document.addEventListener(
    "change",
    (event) => {
      if (event.target === inputOf() && !take([...event.target.files])) event.stopPropagation();
    },
    true,
  );
  // On the document: those who look at new slots where they came, on its body, are first.
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id === "came-slots") placeSlots();
  });
}
