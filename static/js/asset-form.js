// The new-asset form: saved while somebody types, languages to pick, a player to trim by.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const form = document.getElementById("asset-form");
  if (!form) return;
  const state = document.getElementById("save-state");
  const chosen = document.getElementById("chosen");
  const field = (name) => document.getElementById(`id_${name}`);

  // --- saving ----------------------------------------------------------------------------------------------------

  let timer = 0;
  let unsaved = false;
  let waiting = [];

  function says(words, lost = false) {
    state.classList.toggle("is-lost", lost);
    state.querySelector("[data-words]").textContent = words;
  }

  function keepSoon(milliseconds) {
    unsaved = true;
    window.clearTimeout(timer);
    if (!state.classList.contains("is-lost")) says("Saving…");
    timer = window.setTimeout(keepNow, milliseconds);
  }

  function keepNow() {
    window.clearTimeout(timer);
    says("Saving…");
    form.elements.csrfmiddlewaretoken.value = portal.token();
    window.htmx.trigger(form, "keep");
  }

  // Save now. `then` runs when the answer stands in the page.
  portal.keep = function ({ then } = {}) {
    if (then) waiting.push(then);
    unsaved = true;
    keepNow();
  };

  form.addEventListener("htmx:beforeRequest", () => (unsaved = false));
  form.addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = event.detail;
    const final = { 404: "Not saved: this draft is gone", 413: "Not saved: the subtitles are too large" }[xhr.status];
    if (final) return says(final, true);
    if (successful && new URL(xhr.responseURL).pathname === form.getAttribute("hx-post")) return kept();
    says(successful ? "Not saved: sign in again in another tab" : "Not saved, trying again…", true);
    if (!unsaved) keepSoon(4000);
  });

  function kept() {
    markFields();
    waiting.splice(0).forEach((then) => then());
    if (!unsaved) says("Saved");
  }

  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !sending && state.classList.contains("is-lost")) event.preventDefault();
  });

  // Errors appear beside fields while somebody types; the field itself has to say so too.
  function markFields() {
    form.querySelectorAll("[data-errors-of]").forEach((place) => {
      const input = field(place.dataset.errorsOf);
      if (!input) return;
      const wrong = place.children.length > 0;
      input.classList.toggle("is-invalid", wrong);
      input.toggleAttribute("aria-invalid", wrong);
      if (wrong) input.setAttribute("aria-invalid", "true");
      const hint = document.getElementById(`${input.id}_helptext`);
      const described = [hint && hint.id, wrong && place.id].filter(Boolean).join(" ");
      if (described) input.setAttribute("aria-describedby", described);
      else input.removeAttribute("aria-describedby");
    });
  }

  function concerns(target) {
    return target.name && !target.matches("[data-aside], [data-file]");
  }

  form.addEventListener("input", (event) => {
    if (event.target.type !== "file" && concerns(event.target)) keepSoon(700);
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-text-max]") && !fits(event.target)) return;
    if (concerns(event.target)) keepSoon(30);
  });

  function fits(input) {
    const file = input.files[0];
    if (!file || file.size <= Number(input.dataset.textMax)) return true;
    input.value = "";
    const words = `${file.name} is larger than ${input.dataset.textMax / 1e6} MB, too large for subtitles. It was not taken.`;
    document.getElementById(input.id.replace(/-file$/, "-status")).textContent = words;
    return false;
  }

  // Leaving with something typed a moment ago.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !unsaved || sending) return;
    navigator.sendBeacon(form.getAttribute("hx-post"), new FormData(form));
  });

  // --- submitting ------------------------------------------------------------------------------------------------

  let sending = false;

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.matches("textarea, button, summary, a, [type=file]")) return;
    event.preventDefault();
    if (!event.target.matches("[data-aside]")) keepSoon(30);
  });
  form.addEventListener("submit", (event) => {
    if (portal.uploading) {
      event.preventDefault();
      const words = "The file is still uploading. Submit when it is here.";
      document.getElementById("submit-note").textContent = words;
      portal.say(words);
      return;
    }
    sending = true;
    window.clearTimeout(timer);
    form.elements.csrfmiddlewaretoken.value = portal.token();
  }, true);
  window.addEventListener("pageshow", () => (sending = false));

  // Another provider has another form: what was typed is saved with the choice, and the page comes anew.
  const provider = document.querySelector("[data-provider]");
  provider?.addEventListener("change", () => {
    if (portal.uploading) {
      provider.value = [...provider.options].find((option) => option.defaultSelected).value;
      portal.say("The file is still uploading. Choose the provider when it is here.");
      return;
    }
    form.requestSubmit(form.querySelector('button[value="provider"]'));
  });
  // Somebody may have chosen before this script was there.
  if (provider && !provider.selectedOptions[0]?.defaultSelected) setTimeout(() => provider.dispatchEvent(new Event("change")));

  const problems = document.querySelector("[data-focus]");
  if (problems) {
    problems.focus();
    problems.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      const target = link && document.getElementById(link.hash.slice(1));
      if (!target) return;
      event.preventDefault();
      const details = target.closest("details");
      if (details) details.open = true;
      target.focus();
      target.scrollIntoView({ block: "center" });
    });
  }

  // --- languages -------------------------------------------------------------------------------------------------

  const search = document.getElementById("languages-search");
  const items = [...document.querySelectorAll(".picker-item")];
  const boxOf = (item) => item.querySelector("input");
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "");

  function filter() {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const source = field("source_locale").value;
    for (const item of items) {
      const box = boxOf(item);
      const offered = item.dataset.code !== source || box.checked;
      box.disabled = !offered;
      item.hidden = !offered || !words.every((word) => plain(item.dataset.words).includes(word));
    }
    document.querySelector("[data-none]").hidden = items.some((item) => !item.hidden);
  }

  function count() {
    const number = items.filter((item) => boxOf(item).checked).length;
    document.querySelector("[data-chosen-count]").textContent = number ? `(${number})` : "";
    return number;
  }

  function choose(item) {
    const code = item.dataset.code;
    const on = boxOf(item).checked;
    const slot = chosen.querySelector(`[data-slot="${code}"]`);
    if (slot) slot.hidden = !on;
    else if (on) addSlot(item, code);
    const name = item.querySelector(".locale-name").textContent;
    const number = count();
    portal.say(`${name} ${on ? "chosen" : "removed"}, ${number} in all.`);
  }

  function addSlot(item, code) {
    const holder = document.createElement("ul");
    holder.innerHTML = document.getElementById("slot-template").innerHTML.replaceAll("CODE", code);
    const slot = holder.querySelector("li");
    slot.querySelector(".slot-name").replaceChildren(item.querySelector(".locale").cloneNode(true));
    slot.querySelector("[data-unchoose]").setAttribute("aria-label", `Remove ${item.querySelector(".locale-name").textContent}`);
    slot.querySelectorAll("textarea").forEach((text) => (text.dir = "auto"));
    chosen.append(slot);
  }

  document.getElementById("languages-list").addEventListener("change", (event) => choose(event.target.closest(".picker-item")));
  chosen.addEventListener("click", (event) => {
    const button = event.target.closest("[data-unchoose]");
    if (!button) return;
    const item = items.find((one) => one.dataset.code === button.dataset.unchoose);
    boxOf(item).checked = false;
    boxOf(item).dispatchEvent(new Event("change", { bubbles: true }));
    filter();
    search.focus();
  });
  search.addEventListener("input", filter);
  field("source_locale").addEventListener("change", filter);

  // Down from the search into the list, up and down in it, typing goes back to the search.
  document.querySelector("[data-picker]").addEventListener("keydown", (event) => {
    const shown = items.filter((item) => !item.hidden).map(boxOf);
    const at = shown.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = at + step;
      (next < 0 ? search : shown[Math.min(next, shown.length - 1)] || search).focus();
    } else if (event.key === "Escape" && (search.value || at >= 0)) {
      event.preventDefault();
      search.value = "";
      filter();
      search.focus();
    } else if (event.key === "Enter") {
      const box = at >= 0 ? shown[at] : shown.length === 1 ? shown[0] : null;
      if (box) box.click();
    }
  });
  filter();
  count();

  // --- options ---------------------------------------------------------------------------------------------------

  document.querySelectorAll("[data-slider]").forEach((slider) => {
    const figure = field(slider.dataset.slider);
    const follow = () => (slider.value = Number(figure.value.replace(",", ".")) || 0);
    slider.addEventListener("input", () => {
      figure.value = String(Number(slider.value));
      keepSoon(150);
    });
    figure.addEventListener("input", follow);
    follow();
  });

  // --- trim ------------------------------------------------------------------------------------------------------

  const video = () => document.querySelector("[data-player] video");

  function seconds(name) {
    const text = field(name).value.trim().replace(",", ".");
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
    field(what).value = String(Math.round(film.currentTime * 1000) / 1000);
    portal.say(`Trim ${what}: ${field(what).value} seconds`);
    keepSoon(30);
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
