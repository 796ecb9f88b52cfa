// What the server found in the cues: beside each cue, and in kinds beside the video.
import { gettext } from "../common/gettext.js";

const WEIGHT = { problem: 0, warning: 1, hint: 2 };

export function makeFindings(rows, cues) {
  const box = document.querySelector("[data-finding-groups]");
  const list = document.querySelector("[data-groups]");
  const button = document.querySelector('[data-do="next-finding"]');
  const counted = document.querySelector("[data-finding-count]");
  const oneRow = document.getElementById("finding-row").content.firstElementChild;
  const groupRow = document.getElementById("group-row").content.firstElementChild;
  let byCue = new Map(); // id -> findings
  let kinds = new Map();
  let all = 0; // cues with findings; of very many only the first are sent

  // `json` counts cues as they were sent: as they stood in `sent`.
  function take(json, sent) {
    kinds = new Map((json.kinds || []).map((kind) => [kind.kind, kind]));
    all = json.total || 0;
    const fresh = new Map();
    for (const [number, kind, severity, message, fix] of json.findings || []) {
      const cue = number === null ? null : sent[number - 1];
      if (!cue) continue;
      if (!fresh.has(cue.id)) fresh.set(cue.id, []);
      fresh.get(cue.id).push({ kind, severity, message, fix });
    }
    const before = byCue;
    byCue = fresh;
    for (const id of new Set([...before.keys(), ...fresh.keys()])) {
      if (JSON.stringify(before.get(id)) !== JSON.stringify(fresh.get(id))) show(id);
    }
    showKinds();
  }

  function show(id) {
    const row = rows.row(id);
    if (!row) return;
    const found = byCue.get(id) || [];
    const worst = found.reduce((least, one) => Math.min(least, WEIGHT[one.severity]), 3);
    row.element.classList.toggle("has-problem", worst === 0);
    row.element.classList.toggle("has-warning", worst === 1);
    // A fold somebody opened and a button somebody stands on stay where they are.
    if (row.notes.contains(document.activeElement)) row.text.focus({ preventScroll: true });
    row.notes.replaceChildren(...found.map((one) => finding(row, one)));
  }

  function finding(row, { kind, severity, message, fix }) {
    const element = oneRow.cloneNode(true);
    element.classList.add(`is-${severity}`);
    element.querySelector("summary").textContent = short(message);
    element.querySelector("p").textContent = (kinds.get(kind) || {}).why || "";
    const fixButton = element.querySelector("[data-do]");
    fixButton.dataset.kind = kind;
    fixButton.hidden = !fix;
    fixButton.textContent = fix;
    fixButton.setAttribute("aria-label", gettext("%(fix)s: cue %(number)s", { fix, number: row.shown }));
    return element;
  }

  // Beside the cue itself nobody has to be told which one it is.
  function short(message) {
    const rest = message.replace(/^Cue \d+(?: at (?:\d+ h ?)?(?:\d+ min ?)?(?:[\d.]+ s)?)? ?/, "");
    return rest === message ? message : rest.charAt(0).toUpperCase() + rest.slice(1);
  }

  function showKinds() {
    const count = [...byCue.keys()].length;
    box.hidden = kinds.size === 0;
    button.hidden = count === 0;
    counted.textContent = gettext("Findings: %(count)s", { count: Math.max(count, all) });
    list.replaceChildren(
      ...[...kinds.values()].map((kind) => {
        const element = groupRow.cloneNode(true);
        element.classList.add(`is-${kind.severity}`);
        const go = element.querySelector(".finding-group-go");
        go.textContent = kind.message;
        go.title = kind.why;
        go.dataset.kind = kind.kind;
        go.disabled = kind.count === 0;
        const fixButton = element.querySelector('[data-do="fix-all"]');
        fixButton.hidden = !kind.fix;
        fixButton.dataset.kind = kind.kind;
        fixButton.textContent = kind.fix;
        return element;
      }),
    );
  }

  // The next cue after this one with a finding (of a kind); from the top again at the end.
  function next(id, { kind = "", back = false } = {}) {
    const found = cues.list.map((cue) => (byCue.get(cue.id) || []).some((one) => !kind || one.kind === kind));
    const count = found.length;
    const from = cues.at(id);
    for (let n = 1; n <= count; n += 1) {
      const place = (from + (back ? -n : n) + 2 * count) % count;
      if (found[place]) return cues.list[place];
    }
    return null;
  }

  return { take, next };
}
