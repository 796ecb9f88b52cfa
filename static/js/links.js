// A link on the new-asset form: as soon as it is typed, the portal looks at what is behind it and says so beneath.
(function () {
  "use strict";
  const portal = window.portal;
  document.querySelectorAll("[data-link-of]").forEach((state) => {
    const field = portal.field(state.dataset.linkOf);
    if (!field) return;
    let asked = state.childElementCount ? field.value.trim() : "";
    let asking = 0;

    function say(words) {
      state.replaceChildren(Object.assign(document.createElement("p"), { className: "form-hint", textContent: words }));
    }

    async function look() {
      const url = field.value.trim();
      if (url === asked) return;
      asked = url;
      const number = (asking += 1);
      if (!url) return state.replaceChildren();
      say("Looking at the file behind this link…");
      const told = new URLSearchParams({ url, kind: state.dataset.kind, asset: state.dataset.asset });
      const found = await answerTo(told);
      if (number !== asking) return;
      if (found === null) return say("The link could not be looked at now. That is done when you submit.");
      state.innerHTML = found;
      portal.keepSoon(0); // its length changes what the page says about minutes and trim
    }

    async function answerTo(body) {
      try {
        const headers = { "X-CSRFToken": portal.token() };
        const answer = await fetch(state.dataset.url, { method: "POST", body, headers, redirect: "error" });
        return answer.ok ? await answer.text() : null;
      } catch {
        return null;
      }
    }

    field.addEventListener("change", look);
    look();
  });
})();
