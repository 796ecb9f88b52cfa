// The trim of the new-asset form: a player, and where it starts and ends.
(function () {
  "use strict";
  const portal = window.portal;
  const video = () => document.querySelector("[data-player] video");

  function seconds(name) {
    const text = portal.field(name).value.trim().replace(",", ".");
    if (!/^[\d:.]+$/.test(text)) return null;
    return text.split(":").reduce((total, part) => total * 60 + Number(part), 0);
  }

  function trim(what) {
    const film = video();
    if (!film) return;
    if (what === "play") {
      film.currentTime = seconds("start") || 0;
      film.dataset.until = seconds("end") ?? "";
      film.play();
      return;
    }
    portal.field(what).value = String(Math.round(film.currentTime * 1000) / 1000);
    portal.say(`Trim ${what}: ${portal.field(what).value} seconds`);
    portal.keepSoon(30);
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-trim]");
    if (button) trim(button.dataset.trim);
  });
  document.addEventListener("keydown", (event) => {
    const what = { "[": "start", "]": "end" }[event.key];
    if (!what || !video() || portal.isTyping(event)) return;
    event.preventDefault();
    trim(what);
  });
  document.addEventListener("timeupdate", (event) => {
    const until = event.target.dataset.until;
    if (!until || event.target.currentTime < Number(until)) return;
    event.target.pause();
    event.target.dataset.until = "";
  }, true);
  document.addEventListener("error", (event) => {
    if (event.target !== video()) return;
    event.target.closest("[data-player]").hidden = true;
    document.querySelector("[data-player-trouble]").hidden = false;
  }, true);
})();
