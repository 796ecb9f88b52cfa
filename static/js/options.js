// Options of the new-asset form: a slider and the figure beside it.
(function () {
  "use strict";
  const portal = window.portal;
  document.querySelectorAll("[data-slider]").forEach((slider) => {
    const figure = portal.field(slider.dataset.slider);
    const follow = () => (slider.value = Number(figure.value.replace(",", ".")) || 0);
    slider.addEventListener("input", () => {
      figure.value = String(Number(slider.value));
      portal.keepSoon(150);
    });
    figure.addEventListener("input", follow);
    follow();
  });
})();
