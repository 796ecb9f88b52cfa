// The shell: menus, dialogs, messages, shortcuts, and a voice for screen readers.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  let waitingForG = 0;

  portal.say = function (words) {
    const live = document.getElementById("live");
    live.textContent = "";
    window.setTimeout(() => (live.textContent = words), 50);
  };

  // Whether a key press belongs to whatever has the focus and not to a shortcut.
  portal.isTyping = function (event) {
    const target = event.target;
    return (
      event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing ||
      document.querySelector("dialog[open]") !== null ||
      (target instanceof Element && target.closest("input:not([type=radio],[type=checkbox]), textarea, select, [contenteditable]") !== null)
    );
  };

  function openDialog(id, opener) {
    const dialog = document.getElementById(id);
    if (!dialog) return;
    if (opener && opener.closest("[data-menu]")) opener.closest("[data-menu]").open = false;
    dialog.showModal();
  }

  function shortcut(event) {
    if (portal.isTyping(event)) return;
    const afterG = Date.now() - waitingForG < 1200;
    waitingForG = 0;
    if (afterG && "wp".includes(event.key)) {
      document.querySelector(`[data-keys="g ${event.key}"]`)?.click();
    } else if (event.key === "g") {
      waitingForG = Date.now();
    } else if (event.key === "?") {
      openDialog("keys");
    } else if (event.key === "n") {
      document.querySelector('[data-keys="n"]')?.click();
    } else if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      search.focus();
      search.select();
    } else {
      return;
    }
    event.preventDefault();
  }

  // A link to what is folded in opens it.
  function unfold(id) {
    const place = document.getElementById(id);
    const details = place?.closest("details:not([open])");
    if (!details) return false;
    details.open = true;
    place.scrollIntoView({ block: "center" });
    place.querySelector("input:not([type=hidden]), select, textarea, button")?.focus({ preventScroll: true });
    return true;
  }

  function click(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const opener = target.closest("[data-open-dialog]");
    if (opener) {
      event.preventDefault();
      openDialog(opener.dataset.openDialog, opener);
    }
    const link = target.closest('a[href^="#"]');
    if (link && !event.defaultPrevented && unfold(link.hash.slice(1))) event.preventDefault();
    if (target.closest("[data-close]")) target.closest("[data-notice]")?.remove();
    if (target instanceof HTMLDialogElement) target.close(); // a click beside the sheet
    document.querySelectorAll("[data-menu][open]").forEach((menu) => {
      if (!menu.contains(target)) menu.open = false;
    });
  }

  function escape(event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("[data-menu][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  // A second click must not send a form twice: some of them cost money. What was pressed says that it is on its way until
  // the answer is here, or the page is come back to. data-busy: the words.
  const STILL = 60_000; // nobody answered: whoever pressed may press again, and the server knows what it did
  const held = new Map(); // form -> the buttons that were disabled

  function submitOnce(event) {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (held.has(form)) {
      event.preventDefault();
      return;
    }
    held.set(form, []);
    const pressed = event.submitter || [...form.elements].find((element) => element.type === "submit");
    // Once the form has been read: a disabled button would not be in it.
    window.setTimeout(() => portal.hold(form, pressed));
    window.setTimeout(() => portal.release(form), STILL);
  }

  portal.hold = function (form, pressed) {
    const buttons = [...form.elements].filter((element) => element.type === "submit" && !element.disabled);
    buttons.forEach((button) => (button.disabled = true));
    held.set(form, buttons);
    if (!pressed?.dataset.busy) return;
    const usual = Object.assign(document.createElement("span"), { className: "usual-words", hidden: true });
    usual.append(...pressed.childNodes);
    pressed.classList.add("is-busy");
    pressed.append(usual, pressed.dataset.busy);
    portal.say(pressed.dataset.busy);
  };

  portal.isHeld = (form) => held.has(form);

  portal.release = function (form) {
    held.get(form)?.forEach((button) => (button.disabled = false));
    held.delete(form);
    document.querySelectorAll(".is-busy").forEach((button) => {
      if (button.form !== form) return;
      button.classList.remove("is-busy");
      button.replaceChildren(...button.querySelector(".usual-words").childNodes);
    });
  };

  function showThemeChoice() {
    const box = document.querySelector("[data-theme-choice]");
    if (!box || !window.portalTheme) return;
    box.hidden = false;
    const now = box.querySelector(`input[value="${window.portalTheme.choice()}"]`);
    if (now) now.checked = true;
    box.addEventListener("change", (event) => window.portalTheme.choose(event.target.value));
  }

  document.addEventListener("keydown", shortcut);
  document.addEventListener("keydown", escape);
  document.addEventListener("click", click);
  document.addEventListener("submit", submitOnce);
  window.addEventListener("pageshow", () => [...held.keys()].forEach(portal.release));
  document.querySelectorAll("[data-close]").forEach((button) => (button.hidden = false));
  document.querySelectorAll("[data-needs-script]").forEach((element) => (element.hidden = false));
  showThemeChoice();
})();
