// Shows one empty row of a form at a time instead of all of them.
(function () {
  "use strict";

  function begin(form) {
    if (form.dataset.rows) return;
    form.dataset.rows = "begun";
    const rows = [...form.querySelectorAll("[data-row]")];
    const more = form.querySelector("[data-add-row]");
    const used = (row) => [...row.querySelectorAll("select, input")].some((input) => input.value) || row.querySelector(".field-error");

    function update() {
      more.hidden = rows.every((row) => !row.hidden);
    }

    rows.forEach((row, at) => (row.hidden = at > 0 && !used(row)));
    update();
    more.addEventListener("click", () => {
      const next = rows.find((row) => row.hidden);
      next.hidden = false;
      next.querySelector("select").focus();
      update();
    });
  }

  const all = () => document.querySelectorAll("[data-rows]").forEach(begin);
  document.addEventListener("portal:shown", all); // one that came later
  all();
})();
