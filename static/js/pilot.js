// Which languages the whole film is sent in: the button says what they cost.
(function () {
  "use strict";
  const form = document.querySelector("[data-promote]");
  if (!form) return;
  const words = form.querySelector("[data-words]");
  const seconds = Number(form.dataset.seconds);

  function minutes(value) {
    return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} min`;
  }

  form.addEventListener("change", () => {
    const count = form.querySelectorAll("[name=targets]:checked").length;
    const cost = seconds && count ? `${minutes((seconds * count) / 60)}, ` : "";
    words.textContent = `Send the whole film: ${cost}${count} language${count === 1 ? "" : "s"}`;
  });
  let sending = false;
  form.addEventListener("submit", (event) => {
    if (sending) event.preventDefault();
    sending = true;
  });
  window.addEventListener("pageshow", () => (sending = false));
})();
