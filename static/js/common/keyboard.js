// Whether a key press belongs to whatever has the focus and not to a shortcut.
const FIELDS = "input:not([type=radio],[type=checkbox]), textarea, select, [contenteditable]";

export function isTyping(event) {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return true;
  if (document.querySelector("dialog[open]")) return true;
  return target instanceof Element && target.closest(FIELDS) !== null;
}
