// Which languages the whole film is sent in: the button says what they cost.
(function () {
  "use strict";
  const form = document.querySelector("[data-promote]");
  if (!form) return;
  const words = form.querySelector("[data-words]");
  const seconds = Number(form.dataset.seconds);

  // As the server writes them: tenths, rounded up.
  function minutes(seconds) {
    const tenths = Math.ceil(Math.round(seconds * 1000) / 6000);
    return `${(tenths / 10).toLocaleString("en-US", { maximumFractionDigits: 1 })} min`;
  }

  function show() {
    const count = form.querySelectorAll("[name=targets]:checked").length;
    const cost = seconds && count ? `${minutes(seconds * count)}, ` : "";
    words.textContent = `Send the whole film: ${cost}${count} language${count === 1 ? "" : "s"}`;
    words.closest("button").disabled = !count;
  }
  form.addEventListener("change", show);
  show();
})();
