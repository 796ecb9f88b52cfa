// The settings of notices: whether this browser shows them.
import { browserNotices, turnOffBrowserNotices, turnOnBrowserNotices } from "../notices/browser.js";

const box = document.getElementById("browser-notices");

function showState() {
  const state = browserNotices();
  box.querySelectorAll("[data-when]").forEach((part) => (part.hidden = part.dataset.when !== state));
}

box?.addEventListener("click", async ({ target }) => {
  const turn = target.closest("[data-turn]")?.dataset.turn;
  if (!turn) return;
  if (turn === "on") await turnOnBrowserNotices(box.dataset.many);
  else turnOffBrowserNotices();
  showState();
  (box.querySelector("button:not([hidden])") || box).focus();
});
if (box) showState();
