// A second click must not send a form twice: some of them cost money. The button that was pressed says that the form is
// on its way (data-busy: the words), until the answer is here or somebody comes back to the page.
import { announce } from "./announce.js";

const NO_ANSWER = 60_000; // then whoever pressed may press again, and the server knows what it did
const locked = new Map(); // form -> the buttons that were disabled

export const isLocked = (form) => locked.has(form);

export function lockForm(form, pressed) {
  const buttons = [...form.elements].filter((element) => element.type === "submit" && !element.disabled);
  buttons.forEach((button) => (button.disabled = true));
  locked.set(form, buttons);
  if (!pressed?.dataset.busy) return;
  const usual = Object.assign(document.createElement("span"), { className: "usual-label", hidden: true });
  usual.append(...pressed.childNodes);
  pressed.classList.add("is-busy");
  pressed.append(usual, pressed.dataset.busy);
  announce(pressed.dataset.busy);
}

export function unlockForm(form) {
  locked.get(form)?.forEach((button) => (button.disabled = false));
  locked.delete(form);
  document.querySelectorAll(".is-busy").forEach((button) => {
    if (button.form !== form) return;
    button.classList.remove("is-busy");
    button.replaceChildren(...button.querySelector(".usual-label").childNodes);
  });
}

function submitOnce(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (locked.has(form)) {
    event.preventDefault();
    return;
  }
  locked.set(form, []);
  const pressed = event.submitter || [...form.elements].find((element) => element.type === "submit");
  // Once the form has been read: a disabled button would not be in it.
  window.setTimeout(() => lockForm(form, pressed));
  window.setTimeout(() => unlockForm(form), NO_ANSWER);
}

export function startFormLock() {
  document.addEventListener("submit", submitOnce);
  window.addEventListener("pageshow", () => [...locked.keys()].forEach(unlockForm));
}
