// Keeps the moving part of the asset page true: looks every few seconds while the page is seen and something is open.
(function () {
  "use strict";
  const EVERY = 3000;
  const LONGEST = 30000;
  const lost = document.querySelector("[data-lost]");
  let timer = 0;
  let etag = "";
  let misses = 0;
  let looking = false;
  let finished = box().hasAttribute("data-final");
  let said = box().dataset.say;

  function box() {
    return document.getElementById("asset-status");
  }

  function later(wait) {
    window.clearTimeout(timer);
    if (!finished) timer = window.setTimeout(look, wait);
  }

  function look() {
    if (finished || looking || document.hidden) return;
    window.clearTimeout(timer);
    looking = true;
    window.htmx.trigger(box(), "look");
  }

  function missed() {
    looking = false;
    misses += 1;
    if (misses === 2) window.portal.say("Connection lost, trying again.");
    if (misses >= 2) lost.hidden = false;
    later(Math.min(EVERY * 2 ** (misses - 1), LONGEST));
  }

  function heard(xhr) {
    looking = false;
    if (misses >= 2) window.portal.say("Connected again.");
    misses = 0;
    lost.hidden = true;
    etag = xhr.getResponseHeader("ETag") || etag;
    finished = xhr.status === 286;
    later(EVERY);
  }

  // Whether the answer is ours: a sign-in page comes back when the session has ended.
  function isOurs(xhr) {
    return (xhr.status === 200 || xhr.status === 286) && xhr.getResponseHeader("ETag") !== null;
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

  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === box() && etag) event.detail.headers["If-None-Match"] = etag;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.requestConfig.elt.id !== "asset-status") return;
    event.detail.shouldSwap = isOurs(event.detail.xhr);
    if (event.detail.xhr.status === 304) event.detail.isError = false;
  });
  // Folded-out details stay open over a swap.
  let open = [];
  document.body.addEventListener("htmx:beforeSwap", () => {
    open = [...document.querySelectorAll("#asset-status details[open]")].map((details) => details.id);
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    const now = box().dataset.say;
    if (now !== said) window.portal.say(now);
    said = now;
    tick();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig.elt.id !== "asset-status") return;
    const xhr = event.detail.xhr;
    if (xhr.status === 304 || isOurs(xhr)) heard(xhr);
    else if (xhr.status === 200 || xhr.status === 404) window.location.reload(); // signed out, or no longer a member
    else missed();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? window.clearTimeout(timer) : look()));
  window.addEventListener("focus", look);
  window.addEventListener("online", look);
  window.setInterval(tick, 1000);
  later(EVERY);
})();
