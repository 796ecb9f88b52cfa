// Fixes beside a text: they save the form, change that text, and put it back where it was.
import { announce } from "../common/announce.js";
import { csrfToken } from "../common/csrf.js";

export function startFixes() {
  const form = document.getElementById("asset-form");

  // A button with the focus lends its address to whatever the form sends next, saving while somebody types included.
  function adopt(place) {
    place.querySelectorAll("button[data-fix][formaction]").forEach((button) => {
      button.dataset.address = button.getAttribute("formaction");
      button.removeAttribute("formaction");
    });
  }

  adopt(document);
  adopt(document.getElementById("slot-template").content);
  document.body.addEventListener("htmx:oobAfterSwap", (event) => adopt(event.target));
  document.body.addEventListener("htmx:load", (event) => adopt(event.detail.elt));

  // What was found stays as it is while nothing changes in it: an explanation that is being read stays open.
  const shown = new Map();
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    target.querySelectorAll(".slot-notes").forEach((notes) => shown.delete(notes.id));
    if (!target.matches(".slot-notes")) return;
    const comes = fragment.firstElementChild?.outerHTML;
    if (comes && shown.get(target.id) === comes) event.detail.shouldSwap = false;
    shown.set(target.id, comes);
  });

  // The form asks, not the button: what is saved while somebody types replaces the button, and a request with it.
  function applyFix(control, address) {
    form.elements.csrfmiddlewaretoken.value = csrfToken();
    const values = control.name ? { [control.name]: control.value } : {};
    window.htmx.ajax("POST", address, { source: form, swap: "none", values });
  }

  // Without leaving the field first: its change would be saved, and the button replaced under the pointer.
  form.addEventListener("mousedown", (event) => {
    if (event.target.closest("button[data-fix]")) event.preventDefault();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-fix]");
    if (!button) return;
    event.preventDefault();
    applyFix(button, button.dataset.address || button.getAttribute("formaction"));
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("input[data-fix]")) applyFix(event.target, event.target.dataset.address);
  });

  // The button that was pressed is gone: go on from what came of it.
  document.body.addEventListener("portal:fixed", (event) => {
    const { slot, message } = event.detail;
    announce(message);
    const active = document.activeElement;
    if (active && active !== document.body && !active.matches("[data-fix]")) return;
    const next = document.getElementById(`${slot}-undo`) || document.querySelector(`#${CSS.escape(slot)}-slot summary`);
    if (next) next.focus({ preventScroll: true });
  });
}
