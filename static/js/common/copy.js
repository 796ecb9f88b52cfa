// Buttons that copy the value of a field: <button data-copy-from="id" data-copied="Copied"><span>Copy</span></button>.
import { announce } from "./announce.js";

const SHOWN = 2000; // milliseconds

function startButton(button) {
  const caption = button.querySelector("span");
  const label = caption.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copyFrom).value);
    caption.textContent = button.dataset.copied;
    announce(button.dataset.copied);
    window.setTimeout(() => (caption.textContent = label), SHOWN);
  });
}

export function startCopying() {
  document.querySelectorAll("[data-copy-from]").forEach(startButton);
}
