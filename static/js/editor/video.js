// The video beside the cues: playing one, showing its text over the picture, and which cue is on now.
import { formatClock, formatTime } from "../common/times.js";

const SPAN = 12; // seconds that the strip under the video shows

export function makeVideo({ listNow, onCurrent, onPick, active, peaksAt }) {
  const video = document.querySelector("[data-editor-video]");
  const caption = document.querySelector("[data-caption]");
  const clock = document.querySelector("[data-clock]");
  const loop = document.querySelector("[data-loop]");
  let until = null; // {start, end} of the cue that is played alone
  let current = null;
  let shownText = null;
  let frame = 0;

  const none = {
    isThere: false,
    now: () => null,
    play() {},
    seek() {},
    toggle() {},
    back() {},
    refresh() {},
    loop() {},
  };
  if (!video) return none;

  const now = () => Math.round(video.currentTime * 1000);

  function seek(milliseconds) {
    const go = () => (video.currentTime = Math.max(0, milliseconds / 1000));
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) go();
    else video.addEventListener("loadedmetadata", go, { once: true });
  }

  function play(cue) {
    until = { start: cue.start, end: cue.end };
    // A frame's worth inside, so that this cue is the one that is on.
    seek(cue.start + 1);
    video.play().catch(() => {});
  }

  function toggle() {
    until = null;
    if (video.paused) video.play().catch(() => {});
    else video.pause();
  }

  // The cue that is on: the last that began, where several overlap.
  function onAt(moment) {
    let match = null;
    for (const cue of listNow()) {
      if (cue.start <= moment && moment < cue.end && (!match || cue.start >= match.start)) match = cue;
    }
    return match;
  }

  // Bold, italic and underlined as players show them; anything else is text.
  function write(text) {
    if (text === shownText) return;
    shownText = text;
    caption.replaceChildren();
    if (!text.trim()) return;
    let into = caption.appendChild(document.createElement("span"));
    for (const part of text.replace(/\{\\[^{}\n]*\}/g, "").split(/(<\/?[biu]>)/i)) {
      const tag = /^<(\/?)([biu])>$/i.exec(part);
      if (!tag) into.append(part);
      else if (!tag[1]) into = into.appendChild(document.createElement(tag[2].toLowerCase()));
      else if (into.nodeName === tag[2].toUpperCase()) into = into.parentNode;
    }
  }

  function refresh() {
    const moment = now();
    clock.textContent = formatTime(moment);
    const cue = onAt(moment);
    write(cue ? cue.text : "");
    const id = cue ? cue.id : null;
    if (id !== current) {
      current = id;
      onCurrent(cue, !video.paused);
    }
    draw(moment);
  }

  function step() {
    frame = 0;
    if (until && now() >= until.end) {
      if (loop && loop.checked) seek(until.start + 1);
      else {
        video.pause();
        // Stand on the cue's last moment, not on the one that follows.
        seek(until.end - 1);
        until = null;
      }
    }
    refresh();
    if (!video.paused && !video.ended) frame = window.requestAnimationFrame(step);
  }

  const run = () => frame || (frame = window.requestAnimationFrame(step));

  video.addEventListener("play", run);
  video.addEventListener("seeked", run);
  video.addEventListener("timeupdate", run); // also where nothing is painted
  video.addEventListener("seeking", () => {
    const to = now();
    if (until && (to < until.start - 50 || to > until.end + 50)) until = null;
  });
  video.addEventListener("error", () => (document.querySelector("[data-cannot-play]").hidden = false));
  document
    .querySelector("[data-rate]")
    ?.addEventListener("change", (event) => (video.playbackRate = Number(event.target.value)));

  // --- the strip: the cues around the playhead, to scale ---

  const strip = document.querySelector("[data-strip]");
  const context = strip && strip.getContext("2d");
  let colours = null;

  function colour(name) {
    colours = colours || getComputedStyle(document.documentElement);
    return colours.getPropertyValue(name).trim();
  }
  new MutationObserver(() => {
    colours = null;
    refresh();
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });

  // How loud it is, if that is known finely enough to find a word by it.
  let peaks = null;
  let loudest = 1;
  if (strip && peaksAt) {
    fetch(peaksAt, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((json) => {
        if (!json || !json.peaks.length || json.duration / json.peaks.length > 0.5) return;
        peaks = json;
        loudest = json.peaks.reduce((most, peak) => Math.max(most, peak), 0.01);
        draw(now());
      })
      .catch(() => {});
  }

  function drawPeaks(from, width, height) {
    if (!peaks) return;
    const each = (peaks.duration * 1000) / peaks.peaks.length;
    const wide = (each / (SPAN * 1000)) * width;
    const middle = 6 + (height - 26) / 2;
    context.globalAlpha = 0.45;
    context.fillStyle = colour("--ink-quiet");
    for (
      let n = Math.max(0, Math.floor(from / each));
      n < peaks.peaks.length && n * each < from + SPAN * 1000;
      n += 1
    ) {
      const tall = Math.max(1, (peaks.peaks[n] / loudest) * (height - 28));
      context.fillRect(((n * each - from) / (SPAN * 1000)) * width, middle - tall / 2, Math.max(1, wide - 0.5), tall);
    }
    context.globalAlpha = 1;
  }

  const firstShown = (moment) => Math.max(0, moment - (SPAN * 1000) / 2);

  function draw(moment) {
    if (!context) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [strip.clientWidth, strip.clientHeight];
    if (!width) return;
    if (strip.width !== Math.round(width * ratio) || strip.height !== Math.round(height * ratio)) {
      strip.width = Math.round(width * ratio);
      strip.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colour("--sunken");
    context.fillRect(0, 0, width, height);
    const from = firstShown(moment);
    const x = (time) => ((time - from) / (SPAN * 1000)) * width;
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "top";
    for (let second = Math.ceil(from / 1000); second * 1000 < from + SPAN * 1000; second += 1) {
      context.fillStyle = colour("--line");
      context.fillRect(Math.round(x(second * 1000)), height - 6, 1, 6);
      if (second % 2) continue;
      context.fillStyle = colour("--ink-quiet");
      context.fillText(formatClock(second), x(second * 1000) + 3, height - 14);
    }
    const chosen = active();
    listNow().forEach((cue, index) => {
      if (cue.end < from || cue.start > from + SPAN * 1000) return;
      const left = x(cue.start);
      const wide = Math.max(2, x(cue.end) - left - 1);
      const isChosen = chosen && chosen.id === cue.id;
      context.fillStyle = isChosen ? colour("--accent") : colour("--blue-fill");
      context.fillRect(left, 6, wide, height - 26);
      context.save();
      context.beginPath();
      context.rect(left, 0, wide - 2, height);
      context.clip();
      context.fillStyle = isChosen ? colour("--surface") : colour("--blue-ink");
      context.fillText(String(index + 1), left + 4, 10);
      context.restore();
    });
    drawPeaks(from, width, height);
    context.fillStyle = colour("--red-ink");
    context.fillRect(Math.round(x(moment)), 0, 1.5, height);
  }

  strip?.addEventListener("click", (event) => {
    const place = event.offsetX / strip.clientWidth;
    const moment = firstShown(now()) + place * SPAN * 1000;
    until = null;
    seek(moment);
    const cue = onAt(moment);
    if (cue) onPick(cue);
  });
  if (strip) new ResizeObserver(() => draw(now())).observe(strip);

  refresh();
  return {
    isThere: true,
    now,
    play,
    seek(milliseconds) {
      until = null;
      seek(milliseconds);
    },
    toggle,
    back: (seconds) => {
      until = null;
      seek(now() + seconds * 1000);
    },
    refresh,
    mute: () => (video.muted = !video.muted),
    paused: () => video.paused,
    loop: () => (loop.checked = !loop.checked),
  };
}
