// Which languages the whole video is sent in: the button says what they cost.
import { formatBilledMinutes } from "../common/times.js";
import { followParts } from "../polling/live-parts.js";

const form = document.querySelector("[data-promote]");
const label = form?.querySelector("[data-label]");

function showCost() {
  const count = form.querySelectorAll("[name=targets]:checked").length;
  const seconds = Number(form.dataset.seconds);
  const cost = seconds && count ? `${formatBilledMinutes(seconds * count)}, ` : "";
  label.textContent = `Send the whole video: ${cost}${count} language${count === 1 ? "" : "s"}`;
  label.closest("button").disabled = !count;
}

if (form) {
  form.addEventListener("change", showCost);
  showCost();
  followParts();
}
