// Shows one empty row of a form at a time instead of all of them.
function startRows(form) {
  if (form.dataset.rows) return;
  form.dataset.rows = "begun";
  const rows = [...form.querySelectorAll("[data-row]")];
  const more = form.querySelector("[data-add-row]");
  const isUsed = (row) =>
    [...row.querySelectorAll("select, input")].some((input) => input.value) || row.querySelector(".field-error");

  function update() {
    more.hidden = rows.every((row) => !row.hidden);
  }

  rows.forEach((row, at) => (row.hidden = at > 0 && !isUsed(row)));
  update();
  more.addEventListener("click", () => {
    const next = rows.find((row) => row.hidden);
    next.hidden = false;
    next.querySelector("select").focus();
    update();
  });
}

export function startFormRows() {
  const startAll = () => document.querySelectorAll("[data-rows]").forEach(startRows);
  document.addEventListener("portal:shown", startAll); // one that came later
  startAll();
}
