// A link on the new-asset form: as soon as it is typed, the portal looks at what is behind it and says so beneath.
import { csrfToken } from "../common/csrf.js";
import { findField } from "./fields.js";
import { saveSoon } from "./form.js";

const PATIENCE = 60_000;
const CHECKING = "data-checking";
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
      showHint("Looking at the file behind this link…");
      const told = new URLSearchParams({ url, kind: state.dataset.kind, asset: state.dataset.asset });
      const until = Date.now() + PATIENCE;
      let found = await answerTo(told);
      // A worker looks at it.
      while (number === asking && found !== null && found.includes(CHECKING) && Date.now() < until) {
        await pause(1000);
        if (number === asking) found = await answerTo(told);
      }
      if (number !== asking) return;
      if (found === null || found.includes(CHECKING)) {
        return showHint("The link could not be looked at now. That is done when you submit.");
      }
      state.innerHTML = found;
      saveSoon(0); // its length changes what the page says about minutes and trim
    }

    async function answerTo(body) {
      try {
        const headers = { "X-CSRFToken": csrfToken() };
        const answer = await fetch(state.dataset.url, { method: "POST", body, headers, redirect: "error" });
        if (answer.status === 429) return CHECKING; // many links at once: this one's turn comes
        return answer.ok ? await answer.text() : null;
      } catch {
        return null;
      }
    }

    field.addEventListener("change", look);
    look();
  });
}
