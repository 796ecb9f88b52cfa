// A link on the new-asset form: as soon as it is typed, the portal looks at what is behind it and says so beneath.
import { csrfToken } from "../common/csrf.js";
import { gettext } from "../common/gettext.js";
import { findField } from "./fields.js";
import { saveSoon } from "./form.js";

const PATIENCE = 60_000; // milliseconds, for all looks together
const LIMIT = 20_000; // for one of them: an answer that never comes is said, not waited for
const CHECKING = "data-checking";
const NOT_CHECKED = {
  late: gettext("Checking the link took too long. We check it when you submit."),
  lost: gettext("We could not check the link. We check it again when you submit."),
  busy: gettext("Checking the link is taking longer than usual. We check it when you submit."),
};
const pause = (milliseconds) => new Promise((resolve) => window.setTimeout(resolve, milliseconds));

export function startLinks() {
  document.querySelectorAll("[data-link-of]").forEach((state) => {
    const field = findField(state.dataset.linkOf);
    if (!field) return;
    let asked = state.childElementCount && !state.querySelector("[data-checking]") ? field.value.trim() : "";
    let asking = 0;

    function showHint(text) {
      state.replaceChildren(Object.assign(document.createElement("p"), { className: "form-hint", textContent: text }));
    }

    async function look() {
      const url = field.value.trim();
      if (url === asked) return;
      asked = url;
      const number = (asking += 1);
      if (!url) return state.replaceChildren();
      showHint(gettext("Checking the file at this link…"));
      const query = new URLSearchParams({ url, kind: state.dataset.kind, asset: state.dataset.asset });
      const until = Date.now() + PATIENCE;
      let answer = await answerTo(query);
      // A worker looks at it.
      while (number === asking && !(answer in NOT_CHECKED) && answer.includes(CHECKING) && Date.now() < until) {
        await pause(1000);
        if (number === asking) answer = await answerTo(query);
      }
      if (number !== asking) return;
      if (answer in NOT_CHECKED || answer.includes(CHECKING)) {
        asked = ""; // the same link, typed once more, is checked once more
        return showHint(NOT_CHECKED[answer] || NOT_CHECKED.busy);
      }
      state.innerHTML = answer;
      saveSoon(0); // its length changes what the page says about minutes and trim
    }

    async function answerTo(body) {
      const limit = new AbortController();
      const timer = window.setTimeout(() => limit.abort(), LIMIT);
      try {
        const headers = { "X-CSRFToken": csrfToken() };
        const request = { method: "POST", body, headers, redirect: "error", signal: limit.signal };
        const answer = await fetch(state.dataset.url, request);
        if (answer.status === 429) return CHECKING; // many links at once: this one's turn comes
        return answer.ok ? await answer.text() : "lost";
      } catch {
        return limit.signal.aborted ? "late" : "lost";
      } finally {
        window.clearTimeout(timer);
      }
    }

    field.addEventListener("change", look);
    look();
  });
}
