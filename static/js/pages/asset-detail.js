// Keeps the moving parts of the asset page true while something is open, and the time that passes.
import { announce } from "../common/announce.js";
import { startFormRows } from "../common/form-rows.js";
import { formatElapsed } from "../common/times.js";
import { watchParts } from "../polling/live-parts.js";

const box = () => document.getElementById("asset-status");
let announced = box().dataset.announcement;

function shown() {
  if (box().dataset.announcement !== announced) announce((announced = box().dataset.announcement));
  tick();
}

function tick() {
  document.querySelectorAll("[data-since]").forEach((element) => {
    element.textContent = formatElapsed((Date.now() - Date.parse(element.dataset.since)) / 1000);
  });
}

const poll = watchParts({ url: () => box().dataset.poll, expects: "asset-status", shown, every: 3, longest: 20 });
poll.start({ final: box().hasAttribute("data-final") });
window.setInterval(tick, 1000);
startFormRows();
