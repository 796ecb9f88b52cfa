// Languages of the new-asset form: searched, chosen, and each with a place for its subtitles.
import { announce } from "../common/announce.js";
import { gettext } from "../common/gettext.js";
import { makeMatcher } from "../common/search.js";
import { findField } from "./fields.js";

export function startLanguages() {
  const chosen = document.getElementById("chosen");
  const search = document.getElementById("languages-search");
  const items = [...document.querySelectorAll(".picker-item")];
  const boxOf = (item) => item.querySelector("input");

  function filter() {
    const matches = makeMatcher(search.value);
    const source = findField("source_locale").value;
    for (const item of items) {
      const box = boxOf(item);
      const offered = item.dataset.code !== source || box.checked;
      box.disabled = !offered;
      item.hidden = !offered || !matches(item.dataset.searchText);
    }
    document.querySelector("[data-none]").hidden = items.some((item) => !item.hidden);
    showAdders();
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
    showAdders();
    announce(
      on
        ? gettext("%(languages)s added, %(count)s in total.", { languages: name, count: number })
        : gettext("%(language)s removed, %(count)s in total.", { language: name, count: number }),
    );
  }

  function addSlot(item, code) {
    const holder = document.createElement("ul");
    holder.innerHTML = document.getElementById("slot-template").innerHTML.replaceAll("CODE", code);
    const slot = holder.querySelector("li");
    slot.querySelector(".slot-name").replaceChildren(item.querySelector(".locale").cloneNode(true));
    const name = item.querySelector(".locale-name").textContent;
    slot
      .querySelector("[data-unchoose]")
      .setAttribute("aria-label", gettext("Remove %(language)s", { language: name }));
    slot
      .querySelectorAll(".slot-more summary .visually-hidden")
      .forEach((label) => (label.textContent = gettext("in %(language)s", { language: name })));
    slot.querySelectorAll("textarea").forEach((text) => (text.dir = "auto"));
    chosen.append(slot);
  }

  document
    .getElementById("languages-list")
    .addEventListener("change", (event) => choose(event.target.closest(".picker-item")));
  chosen.addEventListener("click", (event) => {
    const button = event.target.closest("[data-unchoose]");
    if (!button) return;
    const item = items.find((one) => one.dataset.code === button.dataset.unchoose);
    boxOf(item).checked = false;
    boxOf(item).dispatchEvent(new Event("change", { bubbles: true }));
    filter();
    search.focus();
  });
  // Several with one click: languages used lately, or of a preset. What is chosen already is not offered again.
  const adders = [...document.querySelectorAll("[data-add]")];
  const addable = (button) =>
    button.dataset.add
      .split(" ")
      .map((code) => items.find((item) => item.dataset.code === code))
      .filter((item) => item && !boxOf(item).checked && !boxOf(item).disabled);

  function showAdders() {
    for (const button of adders) button.hidden = addable(button).length === 0;
    document.querySelectorAll("[data-set]").forEach((set) => {
      const left = [...set.querySelectorAll("[data-add]:not([data-add-all])")].filter((button) => !button.hidden);
      set.querySelectorAll("[data-add-all]").forEach((all) => (all.hidden = left.length < 2));
      set.hidden = left.length === 0;
    });
  }

  adders.forEach((button) =>
    button.addEventListener("click", () => {
      const added = addable(button);
      for (const item of added) {
        boxOf(item).checked = true;
        boxOf(item).dispatchEvent(new Event("change", { bubbles: true }));
      }
      filter();
      const names = added.map((item) => item.querySelector(".locale-name").textContent);
      announce(gettext("%(languages)s added, %(count)s in total.", { languages: names.join(", "), count: count() }));
      (adders.find((one) => !one.hidden && !one.closest("[hidden]")) || search).focus();
    }),
  );

  search.addEventListener("input", filter);
  findField("source_locale").addEventListener("change", filter);

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
}
