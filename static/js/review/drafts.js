// What somebody types into a form with data-draft survives a reload and a replaced section, in this browser alone.
const PREFIX = "draft:";

const keyOf = (form) => PREFIX + form.dataset.draft;
const fieldsOf = (form) => [...form.querySelectorAll("textarea, input:not([type=hidden]), select")];
const formOf = (target) => (target instanceof Element ? target.closest("form[data-draft]") : null);

function valuesOf(form) {
  return fieldsOf(form).map((field) => (field.type === "checkbox" ? (field.checked ? "1" : "") : field.value));
}

function keep(form) {
  const values = valuesOf(form);
  if (!form.querySelector("textarea").value.trim()) localStorage.removeItem(keyOf(form));
  else localStorage.setItem(keyOf(form), JSON.stringify(values));
}

function restore(form) {
  let values = null;
  try {
    values = JSON.parse(localStorage.getItem(keyOf(form)));
  } catch {
    return;
  }
  const fields = fieldsOf(form);
  if (!Array.isArray(values) || values.length !== fields.length) return;
  fields.forEach((field, index) => {
    if (field.type === "checkbox") field.checked = Boolean(values[index]);
    else field.value = values[index];
  });
  for (let details = form.closest("details"); details; details = details.parentElement.closest("details")) {
    details.open = true;
  }
}

export function forget(form) {
  if (form?.dataset.draft) localStorage.removeItem(keyOf(form));
}

export function startDrafts() {
  const restoreAll = () => document.querySelectorAll("form[data-draft]").forEach(restore);
  document.addEventListener("input", ({ target }) => {
    const form = formOf(target);
    if (form) keep(form);
  });
  document.addEventListener("portal:shown", restoreAll);
  document.addEventListener("htmx:afterSwap", restoreAll);
  // Without htmx the page leaves; with it, the draft goes when its answer is there.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const form = formOf(detail.requestConfig?.elt);
    if (form && !detail.isError && !detail.serverResponse.includes('role="alert"')) forget(form);
  });
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    const form = formOf(target);
    if (form && !defaultPrevented && !form.hasAttribute("hx-post")) forget(form);
  });
  restoreAll();
}
