// Keeps the moving parts of the asset page true while something is open, and the time that passes.
(function () {
  "use strict";
  const portal = window.portal;
  const box = () => document.getElementById("asset-status");
  let said = box().dataset.say;

  function shown() {
    if (box().dataset.say !== said) portal.say((said = box().dataset.say));
    tick();
  }

  function tick() {
    document.querySelectorAll("[data-since]").forEach((element) => {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(element.dataset.since)) / 1000));
      const hours = Math.floor(seconds / 3600);
      const minutes = Math.floor(seconds / 60) % 60;
      const parts = hours ? [`${hours} h`, `${minutes} min`] : minutes ? [`${minutes} min`, `${seconds % 60} s`] : [`${seconds} s`];
      element.textContent = parts.join(" ");
    });
  }

  const poll = portal.watch({ url: () => box().dataset.poll, expects: "asset-status", shown, every: 3, longest: 20 });
  poll.start({ final: box().hasAttribute("data-final") });
  window.setInterval(tick, 1000);
})();
