// The shell of every page: menus, dialogs, messages and shortcuts.
import { startCopying } from "../common/copy.js";
import { followNavigationCounts } from "../common/navigation-counts.js";
import { startFormLock } from "../common/form-lock.js";
import { isTyping } from "../common/keyboard.js";
import { keepVideosFresh } from "../common/fresh-videos.js";
import { startBrowserNotices } from "../notices/browser.js";

let waitingForG = 0;

function openDialog(id, opener) {
  const dialog = document.getElementById(id);
  if (!dialog) return;
  if (opener && opener.closest("[data-menu]")) opener.closest("[data-menu]").open = false;
  dialog.showModal();
}

// Keys that nothing here is for are left to the page: it may have its own use for them.
const linkOf = (keys) => [...document.querySelectorAll("[data-keys]")].find((link) => link.dataset.keys === keys);

function handleShortcut(event) {
  if (isTyping(event)) return;
  const afterG = Date.now() - waitingForG < 1200;
  waitingForG = 0;
  const link = linkOf(afterG ? `g ${event.key}` : event.key);
  if (link) {
    link.click();
  } else if (event.key === "g") {
    waitingForG = Date.now();
  } else if (event.key === "?") {
    openDialog("keys");
  } else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    search.focus();
    search.select();
  } else {
    return;
  }
  event.preventDefault();
}

// A link to what is folded in opens it.
function unfold(id) {
  const place = document.getElementById(id);
  const details = place?.closest("details:not([open])");
  if (!details) return false;
  details.open = true;
  place.scrollIntoView({ block: "center" });
  place.querySelector("input:not([type=hidden]), select, textarea, button")?.focus({ preventScroll: true });
  return true;
}

function handleClick(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  const opener = target.closest("[data-open-dialog]");
  if (opener) {
    event.preventDefault();
    openDialog(opener.dataset.openDialog, opener);
  }
  const link = target.closest('a[href^="#"]');
  if (link && !event.defaultPrevented && unfold(link.hash.slice(1))) event.preventDefault();
  if (target.closest("[data-close]")) target.closest("[data-notice]")?.remove();
  if (target.closest("[data-close-dialog]")) target.closest("dialog")?.close();
  if (target instanceof HTMLDialogElement) target.close(); // a click beside the sheet
  document.querySelectorAll("[data-menu][open]").forEach((menu) => {
    if (!menu.contains(target)) menu.open = false;
  });
}

function closeMenus(event) {
  if (event.key !== "Escape") return;
  document.querySelectorAll("[data-menu][open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

function showThemeChoice() {
  const box = document.querySelector("[data-theme-choice]");
  if (!box) return;
  box.hidden = false;
  const current = box.querySelector(`input[value="${document.documentElement.dataset.chosenTheme}"]`);
  if (current) current.checked = true;
  box.addEventListener("change", ({ target }) => {
    document.dispatchEvent(new CustomEvent("theme:choose", { detail: target.value }));
  });
}

// On a phone, tabs are a row that scrolls: where somebody is may be far to the right.
function showCurrentTabs() {
  document.querySelectorAll(".tabs-list").forEach((list) => {
    const tab = list.querySelector("[aria-current]")?.getBoundingClientRect();
    const row = list.getBoundingClientRect();
    if (tab) list.scrollLeft += tab.left + tab.width / 2 - (row.left + row.width / 2);
  });
}

// Once every script of the page has run, or failed: what is typed or pressed before that would be lost.
async function showControls() {
  const scripts = [...document.querySelectorAll("script[type=module][src]")];
  await Promise.allSettled(scripts.map(({ src }) => import(src)));
  document.querySelectorAll("[data-needs-script]").forEach((element) => (element.hidden = false));
}

document.addEventListener("keydown", handleShortcut);
document.addEventListener("keydown", closeMenus);
document.addEventListener("click", handleClick);
startFormLock();
keepVideosFresh();
document.querySelectorAll("[data-close]").forEach((button) => (button.hidden = false));
showControls();
showCurrentTabs();
showThemeChoice();
startCopying();
followNavigationCounts();
startBrowserNotices();
