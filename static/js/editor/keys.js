// The keys of the subtitle editor. With Alt or Ctrl they work while somebody types; alone they belong to the video.
import { isTyping } from "../common/keyboard.js";

// By the place of the key, as another letter may stand on it with Alt.
const WITH_ALT = {
  Enter: "play",
  NumpadEnter: "play",
  KeyL: "loop",
  KeyK: "toggle",
  KeyS: "split",
  KeyM: "merge",
  KeyI: "insert",
  KeyX: "delete",
  BracketLeft: "set-start",
  BracketRight: "set-end",
  KeyU: "next-unfilled",
  KeyN: "next-finding",
  ArrowLeft: "nudge-start",
  ArrowRight: "nudge-start-on",
  ArrowUp: "move-back",
  ArrowDown: "move-on",
};
const WITH_ALT_SHIFT = { KeyN: "previous-finding", ArrowLeft: "nudge-end", ArrowRight: "nudge-end-on" };
const WITH_CTRL = { enter: "next", z: "undo", y: "redo", f: "find", s: "save" };
const WITH_CTRL_SHIFT = { enter: "previous", z: "redo" };
const ALONE = { "[": "set-start", "]": "set-end" };

function named(event) {
  const command = event.ctrlKey || event.metaKey;
  if (event.altKey && !command) return (event.shiftKey ? WITH_ALT_SHIFT : WITH_ALT)[event.code];
  if (event.key === "F3" && !command && !event.altKey) return event.shiftKey ? "find-previous" : "find-next";
  if (!command || event.altKey) return undefined;
  const name = (event.shiftKey ? WITH_CTRL_SHIFT : WITH_CTRL)[event.key.toLowerCase()];
  // In the search fields, undoing is about what was typed there.
  const isSearching = event.target instanceof Element && event.target.closest("[data-find]");
  return isSearching && (name === "undo" || name === "redo") ? undefined : name;
}

export function listenToKeys({ video, may, act }) {
  const ofVideo = {
    " ": video.toggle,
    k: video.toggle,
    j: () => video.back(-5),
    l: () => video.back(5),
    m: video.mute,
  };

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing || event.getModifierState("AltGraph") || document.querySelector("dialog[open]")) return;
      let name = named(event);
      if (!name && video.isThere && !isTyping(event)) name = ALONE[event.key];
      if (name && may(name)) {
        event.preventDefault();
        event.stopPropagation();
        return act(name);
      }
      if (!video.isThere || !ofVideo[event.key] || isTyping(event)) return;
      // Space belongs to what has the focus, and a video plays and pauses by itself.
      if (
        event.key === " " &&
        event.target instanceof Element &&
        event.target.closest("button, a, summary, video, label")
      ) {
        return;
      }
      event.preventDefault();
      ofVideo[event.key]();
    },
    true,
  );
}
