// Presets on the new-asset page: the answer names values, which go into the fields as if somebody had typed them.
import { announce } from "../common/announce.js";
import { csrfToken } from "../common/csrf.js";
import { gettext } from "../common/gettext.js";
import { findField } from "./fields.js";
import { saveNow } from "./form.js";

export function startPresets() {
  const box = document.getElementById("presets");
  const outcome = document.getElementById("preset-message");
  if (!box || !outcome) return;

  function fill(values) {
    setField("source_locale", values.source_locale, "change");
    const codes = new Set(values.targets);
    document.querySelectorAll(".picker-item input").forEach((target) => {
      if (target.checked === codes.has(target.value)) return;
      target.disabled = false;
      target.checked = codes.has(target.value);
      target.dispatchEvent(new Event("change", { bubbles: true }));
    });
    for (const [name, value] of Object.entries(values)) {
      if (name === "source_locale" || name === "targets") continue;
      const radios = [...document.querySelectorAll(`[type="radio"][name="${name}"]`)];
      if (radios.length) (radios.find((radio) => radio.value === value) || radios[0]).checked = true;
      else setField(name, value, "input");
    }
  }

  function setField(name, value, event) {
    const field = findField(name);
    if (!field || field.value === value) return;
    field.value = value;
    field.dispatchEvent(new Event(event, { bubbles: true }));
  }

  box.addEventListener("htmx:afterSwap", (event) => {
    const answer = box.querySelector("[data-values]");
    if (!answer || event.target !== box) return;
    fill(JSON.parse(answer.dataset.values));
    answer.remove();
    saveNow();
  });

  // These requests are not the form's own: it must not take their answers for its own.
  for (const place of [box, outcome]) {
    place.addEventListener(
      "htmx:configRequest",
      (event) => (event.detail.parameters.csrfmiddlewaretoken = csrfToken()),
    );
    place.addEventListener("htmx:beforeRequest", (event) => event.stopPropagation());
    // Signed out meanwhile, the answer is a page to sign in.
    const isOurs = ({ xhr, pathInfo }) =>
      new URL(xhr.responseURL).pathname === new URL(pathInfo.finalRequestPath, location.href).pathname;
    place.addEventListener("htmx:beforeSwap", (event) => {
      if (!isOurs(event.detail)) event.detail.shouldSwap = false;
    });
    place.addEventListener("htmx:afterRequest", (event) => {
      event.stopPropagation();
      if (event.detail.successful && !isOurs(event.detail)) {
        outcome.textContent = gettext(
          "You are signed out. Sign in in another tab, then choose the preset again. Your entries are kept.",
        );
        announce(outcome.textContent);
        return;
      }
      if (event.detail.successful) {
        window.setTimeout(() => announce(outcome.textContent.trim()), 100);
        outcome.scrollIntoView({ block: "nearest" });
        return;
      }
      outcome.textContent = gettext(
        "The preset was not applied: the server returned an error. Your entries are kept. Try again.",
      );
      announce(outcome.textContent);
    });
  }

  // Enter in the name saves under it, and must not close or submit anything else.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "preset-name") return;
    event.preventDefault();
    box.querySelector('[name="preset_save"]').click();
  });
}
