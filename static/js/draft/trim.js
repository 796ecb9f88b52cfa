// The trim of the new-asset form, by eye and ear: a player, its waveform with the part that is dubbed, and two fields.
// The fields are the truth; everything else shows them and writes into them.
import { announce } from "../common/announce.js";
import { gettext } from "../common/gettext.js";
import { isTyping } from "../common/keyboard.js";
import { formatDuration, formatTime, parseTime } from "../common/times.js";
import { findField } from "./fields.js";
import { saveSoon } from "./form.js";
import { watchParts } from "../polling/live-parts.js";

const SHORTEST = 0.1; // seconds that a mouse cannot go below
const PILOT = 60;

// Seconds. Undefined is nothing that can be read, null is nothing typed.
function readSeconds(text) {
  if (!text.trim().replace(/\s*s$/, "")) return null;
  const milliseconds = parseTime(text);
  return milliseconds === null ? undefined : milliseconds / 1000;
}

const showSeconds = (seconds) => formatTime(seconds * 1000);

function clamp(seconds, low, high) {
  return Math.max(low, Math.min(seconds, high));
}

export function startTrim() {
  if (!findField("start")) return; // not every provider can trim
  const video = () => document.querySelector("[data-player]:not([hidden]) video");
  const wave = () => document.getElementById("trim-wave");
  let drawn = null; // what is on the page now: { surfer, region, video, peaks }
  let until = null; // where the player stops by itself

  const duration = () => Number(wave()?.dataset.duration) || video()?.duration || 0;
  const start = () => readSeconds(findField("start").value) || 0;
  const end = () => readSeconds(findField("end").value) ?? duration();
  const playhead = () => video()?.currentTime ?? drawn?.surfer.getCurrentTime() ?? 0;

  // --- the one way to change the trim ---

  function write(from, to, { keep = 30, region = true } = {}) {
    const whole = duration();
    findField("start").value = from > 0.0005 ? showSeconds(from) : "";
    findField("end").value = to === null || (whole && to >= whole - 0.0005) ? "" : showSeconds(to);
    show({ region });
    if (keep !== null) saveSoon(keep);
  }

  // The words at once, the rest of the page when it is saved.
  function show({ region = true } = {}) {
    const place = document.querySelector("[data-trim-length]");
    const [from, to] = [readSeconds(findField("start").value) ?? 0, readSeconds(findField("end").value) ?? duration()];
    if (place && to > from) place.textContent = formatDuration(to - from);
    if (region && drawn?.region && to > from) {
      drawn.region.setOptions({ start: Math.min(from, duration()), end: Math.min(to, duration()) });
    }
  }

  function setHere(name) {
    const [at, whole] = [playhead(), duration()];
    if (name === "start") write(at, end() > at ? end() : whole || null);
    else write(start() < at ? start() : 0, at);
    const time = findField(name).value;
    if (name === "start") announce(gettext("Trim start: %(time)s", { time: time || gettext("start of the video") }));
    else announce(gettext("Trim end: %(time)s", { time: time || gettext("end of the video") }));
  }

  const acts = {
    start: () => setHere("start"),
    end: () => setHere("end"),
    play: () => play(start(), end()),
    around: () => play(Math.max(start(), end() - 3), end()),
    whole() {
      write(0, null);
      announce(gettext("Whole video"));
    },
    minute() {
      const whole = duration();
      write(0, whole ? Math.min(PILOT, whole) : PILOT);
      announce(
        whole && whole <= PILOT ? gettext("The video is shorter than a minute: whole video") : gettext("First minute"),
      );
    },
  };

  // --- listening ---

  function play(from, to) {
    const player = video();
    if (!player) return;
    player.currentTime = from;
    until = to;
    player.play().catch(() => {});
    window.requestAnimationFrame(watch);
  }

  // Events of the player come four times a second: too late to hear where the cut is.
  function watch() {
    const player = video();
    if (!player || until === null) return;
    if (player.currentTime >= until) {
      player.pause();
      player.currentTime = until;
      until = null;
    } else window.requestAnimationFrame(watch);
  }

  function toggle() {
    const player = video();
    until = null;
    if (player.paused) player.play().catch(() => {});
    else player.pause();
  }

  const move = (seconds) => () => (video().currentTime = clamp(playhead() + seconds, 0, duration()));
  const keys = { "[": acts.start, "]": acts.end };
  const playerKeys = { " ": toggle, k: toggle, j: move(-5), l: move(5) };

  document.addEventListener("keydown", (event) => {
    const act = keys[event.key] || (video() && playerKeys[event.key]);
    if (!act || !(video() || drawn) || isTyping(event)) return;
    // Space belongs to what has the focus.
    if (
      event.key === " " &&
      event.target instanceof Element &&
      event.target.closest("button, a, summary, video, input, label")
    ) {
      return;
    }
    event.preventDefault();
    act();
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-trim], [data-zoom]");
    if (button?.dataset.trim) acts[button.dataset.trim]();
    else if (button) zoom(button.dataset.zoom === "in" ? 2 : 0.5);
  });
  document.addEventListener(
    "error",
    (event) => {
      if (!(event.target instanceof HTMLVideoElement) || event.target !== video()) return;
      event.target.closest("[data-player]").hidden = true;
      document.querySelector("[data-player-trouble]").hidden = false;
    },
    true,
  );

  document.addEventListener("pause", () => (until = null), true);

  // --- the fields ---

  const isTime = (target) => target instanceof HTMLInputElement && ["id_start", "id_end"].includes(target.id);

  document.addEventListener("keydown", (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step || !isTime(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const name = event.target.id.slice(3);
    const by = step * (event.shiftKey ? 1 : 0.1);
    const [from, to] = [start(), end()];
    event.preventDefault();
    if (name === "start") write(clamp(from + by, 0, (to || Infinity) - SHORTEST), to || null, { keep: 300 });
    else write(from, clamp(to + by, from + SHORTEST, duration() || Infinity), { keep: 300 });
  });
  document.addEventListener("input", (event) => isTime(event.target) && show());
  document.addEventListener(
    "change",
    (event) => {
      if (!isTime(event.target)) return;
      const seconds = readSeconds(event.target.value);
      if (seconds !== undefined) event.target.value = seconds === null ? "" : showSeconds(seconds);
      show();
    },
    true,
  );

  // --- the waveform ---

  const scripts = {};
  const script = (url) =>
    (scripts[url] ||= new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = url;
      element.onload = resolve;
      element.onerror = () => reject(new Error(url));
      document.head.append(element);
    }));

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colours = () => ({
    waveColor: colour("--line-strong"),
    progressColor: colour("--line-strong"),
    cursorColor: colour("--red-ink"),
  });

  let drawing = 0;

  // Make the waveform fit what the page has now: a video, or another one, or none.
  async function refresh() {
    const place = wave();
    const url = place?.dataset.peaks;
    if (drawn && drawn.video === video() && drawn.place === place && drawn.url === url) return;
    const turn = ++drawing;
    drawn?.surfer.destroy();
    drawn = null;
    if (!url) return;
    try {
      await script(place.dataset.wavesurfer);
      await script(place.dataset.regions);
      const answer = await fetch(url);
      if (!answer.ok) return;
      const { peaks } = await answer.json();
      if (turn === drawing && place.isConnected) draw(place, url, peaks);
    } catch {
      // Without a waveform the player and the fields still do everything.
    }
  }

  function draw(place, url, peaks) {
    const player = video();
    const regions = window.WaveSurfer.Regions.create();
    const surfer = window.WaveSurfer.create({
      container: place.querySelector("[data-wave-host]"),
      ...(player ? { media: player } : {}),
      ...colours(),
      peaks: [peaks],
      duration: duration(),
      height: 88,
      cursorWidth: 2,
      normalize: true,
      dragToSeek: false,
      cspNonce: document.getElementById("step-trim").nonce,
      plugins: [regions],
    });
    drawn = { surfer, place, url, video: player, region: null, zoom: 1 };
    const mine = drawn;
    surfer.on("ready", () => {
      if (drawn !== mine || mine.region) return;
      mine.region = regions.addRegion({
        start: start(),
        end: Math.max(end(), start() + SHORTEST),
        minLength: SHORTEST,
        drag: true,
        resize: true,
        color: "color-mix(in srgb, var(--accent) 22%, transparent)",
      });
      mine.region.on("update", () => write(mine.region.start, mine.region.end, { keep: null, region: false }));
      mine.region.on("update-end", () => write(mine.region.start, mine.region.end, { region: false }));
      place.dataset.drawn = player ? "with-video" : "alone";
    });
  }

  function zoom(factor) {
    if (!drawn) return;
    const fit = drawn.place.clientWidth / (duration() || 1);
    const most = Math.max(1, 200 / fit); // as large as 200 pixels a second
    drawn.zoom = clamp(drawn.zoom * factor, 1, most);
    drawn.surfer.zoom(drawn.zoom === 1 ? 0 : fit * drawn.zoom);
    if (drawn.zoom > 1) {
      drawn.surfer.setScrollTime(Math.max(0, playhead() - drawn.place.clientWidth / (fit * drawn.zoom) / 2));
    }
    document.querySelectorAll("[data-zoom]").forEach((button) => {
      button.disabled = button.dataset.zoom === "in" ? drawn.zoom >= most : drawn.zoom <= 1;
    });
  }

  document.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey || !drawn || !drawn.place.contains(event.target)) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.25 : 0.8);
    },
    { passive: false },
  );
  new MutationObserver(() => drawn?.surfer.setOptions(colours())).observe(document.documentElement, {
    attributeFilter: ["data-bs-theme"],
  });

  // --- waiting for what is still being made ---

  const waitsAt = () => document.getElementById("trim-waiting")?.dataset.poll || "";
  const poll = watchParts({ url: waitsAt, shown: refresh, every: 2, longest: 6 });

  // One saving replaces many places on the page; look at them once.
  let looking = 0;
  const look = () => {
    window.clearTimeout(looking);
    looking = window.setTimeout(() => {
      show();
      refresh();
      if (poll.finished && waitsAt()) poll.start();
    });
  };
  for (const swapped of ["htmx:afterSettle", "htmx:oobAfterSwap"]) document.addEventListener(swapped, look);
  refresh();
  poll.start();
}
