// The text as one piece: nothing to do but to warn whoever leaves it unsaved.
export function startPlainText() {
  const slots = document.getElementById("slot-choice");
  const form = document.querySelector("[data-plain]");
  const text = form?.querySelector("textarea");
  let isSent = false;
  form?.addEventListener("submit", () => (isSent = true));
  slots?.addEventListener("change", () => (window.location.href = slots.value));
  window.addEventListener("beforeunload", (event) => {
    if (text && !isSent && text.value !== text.defaultValue) event.preventDefault();
  });
}
