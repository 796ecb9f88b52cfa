// Options of the new-asset form: a slider, the figure beside it, and named places on it.
import { findField } from "./fields.js";
import { saveSoon } from "./form.js";

export function startSliders() {
  document.querySelectorAll("[data-slider]").forEach((slider) => {
    const figure = findField(slider.dataset.slider);
    const stops = [...document.querySelectorAll(`[data-stop-of="${slider.dataset.slider}"]`)];
    const number = () => Number(figure.value.replace(",", "."));

    function follow() {
      slider.value = number() || 0;
      for (const stop of stops) stop.setAttribute("aria-pressed", String(Number(stop.dataset.stop) === number()));
    }

    function take(value) {
      figure.value = String(Number(value));
      follow();
      saveSoon(150);
    }

    slider.addEventListener("input", () => take(slider.value));
    stops.forEach((stop) => stop.addEventListener("click", () => take(stop.dataset.stop)));
    figure.addEventListener("input", follow);
    follow();
  });

  // Somebody who says how many speak wants to type the number next.
  document.querySelectorAll('[name="speakers_from"]').forEach((radio) =>
    radio.addEventListener("change", () => {
      if (radio.value === "count" && radio.checked && radio.matches(":focus-visible") === false) {
        findField("speakers").focus();
      }
    }),
  );
}
