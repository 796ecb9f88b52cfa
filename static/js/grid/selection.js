// Which videos are picked: looks at the server replace the boxes, and what was picked stays so.
const picked = new Set();

const boxes = () => [...document.querySelectorAll("[data-pick]")];

export function startSelection() {
  boxes().forEach(remember); // what a browser restored
  document.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if ("all" in target.dataset) boxes().forEach((box) => (box.checked = target.checked));
    if ("all" in target.dataset || "pick" in target.dataset) {
      boxes().forEach(remember);
      show();
    }
  });
  document.addEventListener("portal:shown", restore);
  window.addEventListener("pageshow", () => {
    boxes().forEach(remember);
    show();
  });
  show();
}

function remember(box) {
  if (box.checked) picked.add(box.value);
  else picked.delete(box.value);
}

function restore() {
  boxes().forEach((box) => (box.checked = picked.has(box.value)));
  show();
}

function show() {
  const all = document.querySelector("[data-all]");
  const shown = boxes();
  const count = shown.filter((box) => box.checked).length;
  if (all) {
    all.checked = count > 0 && count === shown.length;
    all.indeterminate = count > 0 && count < shown.length;
  }
  document.querySelectorAll("[data-picked]").forEach((place) => {
    place.hidden = count === 0;
    place.textContent = ` (${count})`;
  });
}
