// A voice for screen readers: says a sentence without moving the focus.
export function announce(text) {
  const live = document.getElementById("live");
  live.textContent = "";
  window.setTimeout(() => (live.textContent = text), 50);
}
