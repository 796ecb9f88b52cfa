// Keys of a table with the role grid: one of its cells has a place in the tab order, and the arrows move it. Enter does
// what a click on the cell does, Space ticks its box. `table()`: the one there is now, since looks at the server
// replace it.
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const PAGE = 10; // rows

let current = ""; // id of the cell in the tab order

export function startGridKeys(table) {
  if (!table()) return;
  settle(table());
  document.addEventListener("portal:shown", () => table() && settle(table()));
  document.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    if (cell && table()?.contains(cell)) press(event, cell, table());
  });
  document.addEventListener("focusin", ({ target }) => {
    const cell = cellOf(target);
    if (cell && table()?.contains(cell)) settle(table(), cell);
  });
}

const cellOf = (element) =>
  element instanceof Element && element.closest("[role=gridcell], [role=columnheader], [role=rowheader]");

// Without a script every link is in the tab order; with one, only the cell is.
function settle(table, chosen = null) {
  const cell = chosen || table.querySelector(`#${CSS.escape(current || "none")}`) || table.querySelector("tbody th");
  if (!cell) return;
  table.querySelectorAll("[tabindex='0']").forEach((other) => (other.tabIndex = -1));
  table.querySelectorAll("a:not([tabindex]), input:not([tabindex])").forEach((inner) => (inner.tabIndex = -1));
  cell.tabIndex = 0;
  current = cell.id;
}

function press(event, cell, table) {
  if (event.altKey || event.metaKey || event.shiftKey) return;
  if (event.key === "Enter" && event.target === cell) {
    const inner = cell.querySelector("a");
    if (!inner) return;
    event.preventDefault();
    inner.click();
    return;
  }
  if (event.key === " " && event.target === cell) {
    const box = cell.querySelector("input[type=checkbox]");
    if (!box) return;
    event.preventDefault();
    box.click();
    return;
  }
  const next = destination(
    event,
    cell,
    [...table.rows].filter((row) => row.offsetParent !== null),
  );
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function destination({ key, ctrlKey }, cell, rows) {
  const row = rows.indexOf(cell.parentElement);
  const last = cell.parentElement.cells.length - 1;
  const at = (toRow, toColumn) =>
    rows[Math.max(0, Math.min(toRow, rows.length - 1))]?.cells[Math.max(0, Math.min(toColumn, last))];
  const column = cell.cellIndex;
  if (key === "Home") return at(ctrlKey ? 0 : row, 0);
  if (key === "End") return at(ctrlKey ? rows.length - 1 : row, last);
  if (key === "PageUp") return at(Math.min(row, Math.max(1, row - PAGE)), column);
  if (key === "PageDown") return at(row + PAGE, column);
  const step = ctrlKey ? null : STEPS[key];
  return step ? at(row + step[0], column + step[1]) : null;
}
