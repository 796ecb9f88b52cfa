// A part of a page that follows the server and needs nothing else: data-poll says where it comes from.
(function () {
  "use strict";
  document.querySelectorAll("[data-poll][id]").forEach(({ id, dataset }) => {
    const now = () => document.getElementById(id);
    const every = Number(dataset.every) || 4; // seconds
    const poll = window.portal.watch({ url: () => now()?.dataset.poll || "", expects: id, every, longest: Math.max(30, 4 * every) });
    poll.start({ final: "final" in dataset });
  });
})();
