// The review room: one player, and beside it a time bar, subtitles and comments that go with it.
import { announce } from "../common/announce.js";
import { isTyping } from "../common/keyboard.js";
import { startComments } from "./comments.js";
import { startCues } from "./cues.js";
import { startDrafts } from "./drafts.js";
import { stepFrom } from "./frames.js";
import { Range } from "./range.js";
import { startTimeBar } from "./time-bar.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const FRAME_RATE = 25; // where the video does not say its own

export function startRoom(player) {
  const range = new Range();
  const list = document.querySelector("[data-cues]");
  const cues = list ? startCues(list, player) : { lines: [], step: () => {} };
  const comments = startComments(player, range);
  const bar = document.querySelector("[data-time-bar]");
  startDrafts();
  if (bar) startTimeBar(bar, player, { cues: cues.lines, range });

  // The language that is open, among many on a narrow screen.
  document.querySelector(".room-languages [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

  // A range that somebody sent in a link, and the one that is chosen now.
  const query = new URLSearchParams(window.location.search);
  const [from, to] = [query.get("from"), query.get("to")].map((text) => (text === null ? NaN : Number(text)));
  player.addToAddress((url) => {
    const { start, end } = range.get();
    for (const [name, seconds] of Object.entries({ from: start, to: end })) {
      if (seconds === null) url.searchParams.delete(name);
      else url.searchParams.set(name, seconds.toFixed(2));
    }
  });

  let isLooping = false;
  const loopButton = bar?.querySelector("[data-loop]");
  const selected = bar?.querySelector("[data-selected]");
  const speed = bar?.querySelector("[data-speed]");

  function loop(on) {
    isLooping = on && range.isWhole;
    loopButton?.setAttribute("aria-pressed", String(isLooping));
    if (!isLooping) return;
    player.seek(range.get().start);
    player.play();
  }

  function changeSpeed(rate) {
    player.setRate(rate);
    if (speed) speed.value = String(rate);
    announce(`${rate}×`);
  }

  const stepSpeed = (by) => {
    const at = SPEEDS.findIndex((rate) => rate === player.rate());
    changeSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + by))]);
  };

  function stepFrame(by) {
    player.pause();
    player.seek(stepFrom(player.moment(), by, player.frameRate || FRAME_RATE));
  }

  const keys = {
    c: comments.write,
    n: () => comments.step(1),
    p: () => comments.step(-1),
    ArrowDown: () => cues.step(1),
    ArrowUp: () => cues.step(-1),
    ".": () => stepFrame(1),
    ",": () => stepFrame(-1),
    ">": () => stepSpeed(1),
    "<": () => stepSpeed(-1),
    i: () => range.startAt(player.moment()),
    o: () => range.endAt(player.moment()),
    r: () => loop(!isLooping),
  };
  document.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    const isArrow = event.key.startsWith("Arrow");
    if (!act || isTyping(event) || (isArrow && !isAtPlayer(event.target))) return;
    event.preventDefault();
    act();
  });
  // Arrows scroll the page, unless somebody is at the player or at the subtitles.
  const isAtPlayer = (target) => target instanceof Element && target.closest("[data-player], [data-cues]");

  bar?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) stepFrame(Number(button.dataset.step));
    if (event.target.closest("[data-loop]")) loop(!isLooping);
  });
  speed?.addEventListener("change", () => changeSpeed(Number(speed.value)));
  range.onChange(({ start, end }) => {
    if (!range.isWhole) loop(false);
    if (selected) selected.textContent = end === null ? "" : `${start.toFixed(2)}–${end.toFixed(2)} s`;
    player.remember();
  });
  if (from >= 0) range.set(from, to >= from ? to : null);
  player.onMove(() => {
    const { start, end } = range.get();
    if (isLooping && (player.moment() >= end || player.moment() < start - 0.3)) player.seek(start);
  });
}
