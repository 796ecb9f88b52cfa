// Which languages the whole video is sent in: the button says what they cost.
import { gettext, ngettext } from "../common/gettext.js";
import { formatBilledMinutes } from "../common/times.js";
import { followParts } from "../polling/live-parts.js";

const form = document.querySelector("[data-promote]");
const label = form?.querySelector("[data-label]");

function showCost() {
  const count = form.querySelectorAll("[name=targets]:checked").length;
  const seconds = Number(form.dataset.seconds);
  const languages = ngettext("%(count)s language", "%(count)s languages", count);
  const minutes = formatBilledMinutes(seconds * count);
  label.textContent =
    seconds && count
      ? gettext("Send the whole video: %(minutes)s, %(languages)s", { minutes, languages })
      : gettext("Send the whole video: %(languages)s", { languages });
  label.closest("button").disabled = !count;
}

if (form) {
  form.addEventListener("change", showCost);
  showCost();
  followParts();
}
