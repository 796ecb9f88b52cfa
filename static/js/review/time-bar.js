// One time bar: the sound of the source, the sound of the dub, subtitles, comments and findings, and where we are.
// All of it stands in lists as well; this is the picture of it, and a slider.
import { announce } from "../common/announce.js";
import { formatClock } from "../common/times.js";

const LANE = 34;
const BAND = 12;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const SEVERITY = {
  critical: "--red-ink",
  major: "--red-ink",
  minor: "--amber-ink",
  neutral: "--blue-ink",
  "": "--blue-ink",
};

const TRIES = 15; // while something is being drawn

async function fetchJson(url, tries = TRIES) {
  try {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (answer.status === 202 && tries > 1) {
      const seconds = Number(answer.headers.get("Retry-After")) || 2;
      await new Promise((done) => window.setTimeout(done, seconds * 1000));
      return fetchJson(url, tries - 1);
    }
    return answer.status === 200 ? await answer.json() : null;
  } catch {
    return null;
  }
}

export function startTimeBar(bar, player, { cues = [], range }) {
  const canvas = bar.querySelector("[data-lanes]");
  const clock = bar.querySelector("[data-clock]");
  const duration = player.duration;
  const offset = player.start;
  let marks = [];
  let findings = [];
  const sounds = { source: null, dub: null };

  const toX = (seconds) => (seconds / (duration() || 1)) * canvas.clientWidth;
  const toSeconds = (x) => (x / (canvas.clientWidth || 1)) * duration();
  const lanes = () => [sounds.source, sounds.dub].filter(Boolean);

  function draw() {
    const height = lanes().length * LANE + BAND * 2 + 4;
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    if (!width) return;
    canvas.style.height = `${height}px`;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.fillStyle = colour("--sunken");
    pen.fillRect(0, 0, width, height);
    let top = 0;
    if (sounds.source) drawSound(pen, sounds.source, offset, (top += LANE) - LANE, "--ink-quiet");
    if (sounds.dub) drawSound(pen, sounds.dub, 0, (top += LANE) - LANE, "--accent");
    drawSpans(pen, cues, top + 2, BAND - 4, () => "--line-strong");
    drawSpans(pen, findings, top, 2, () => "--amber-ink");
    drawMarks(pen, top + BAND);
    drawRange(pen, height);
    const x = toX(player.moment());
    pen.fillStyle = colour("--red-ink");
    pen.fillRect(x - 0.75, 0, 1.5, height);
  }

  function drawSound(pen, sound, from, top, tone) {
    const perSecond = sound.peaks.length / (sound.duration || 1);
    pen.fillStyle = colour(tone);
    for (let x = 0; x < canvas.clientWidth; x += 2) {
      const first = Math.floor((from + toSeconds(x)) * perSecond);
      const last = Math.max(first + 1, Math.ceil((from + toSeconds(x + 2)) * perSecond));
      let peak = 0;
      for (let index = Math.max(0, first); index < Math.min(last, sound.peaks.length); index += 1) {
        peak = Math.max(peak, Math.abs(sound.peaks[index]));
      }
      const half = Math.max(0.5, (peak * (LANE - 4)) / 2);
      pen.fillRect(x, top + LANE / 2 - half, 1.4, half * 2);
    }
  }

  function drawSpans(pen, spans, top, height, tone) {
    for (const span of spans) {
      pen.fillStyle = colour(tone(span));
      const end = span.end ?? span.start;
      pen.fillRect(toX(span.start), top, Math.max(1.5, toX(end) - toX(span.start) - 0.5), height);
    }
  }

  function drawMarks(pen, top) {
    for (const mark of marks) {
      pen.fillStyle = colour(SEVERITY[mark.severity] || "--blue-ink");
      const x = toX(mark.start);
      if (mark.end !== null) pen.fillRect(x, top + BAND / 2 - 1, Math.max(2, toX(mark.end) - x), 2);
      pen.beginPath();
      pen.arc(x, top + BAND / 2, 4, 0, 2 * Math.PI);
      pen.fill();
    }
  }

  function drawRange(pen, height) {
    const { start, end } = range.get();
    if (start === null) return;
    pen.fillStyle = colour("--accent");
    pen.globalAlpha = 0.2;
    pen.fillRect(toX(start), 0, Math.max(2, toX(end ?? start) - toX(start)), height);
    pen.globalAlpha = 1;
  }

  function show() {
    const at = player.moment();
    const text = `${formatClock(at)} / ${formatClock(duration())}`;
    clock.textContent = text;
    canvas.setAttribute("aria-valuenow", at.toFixed(1));
    canvas.setAttribute("aria-valuetext", text);
    draw();
  }

  async function loadMarks() {
    const answer = await fetchJson(bar.dataset.marks);
    marks = answer?.comments || [];
    findings = answer?.findings || [];
    draw();
  }

  async function loadSounds() {
    const urls = { source: bar.dataset.sourcePeaks, dub: bar.dataset.dubPeaks };
    await Promise.all(
      Object.entries(urls)
        .filter(([, url]) => url)
        .map(async ([name, url]) => {
          sounds[name] = await fetchJson(url);
          draw();
        }),
    );
  }

  const momentOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return Math.max(0, Math.min(toSeconds(event.clientX - box.left), duration()));
  };
  let pressed = null;
  canvas.addEventListener("pointerdown", (event) => {
    pressed = momentOf(event);
    canvas.setPointerCapture(event.pointerId);
    player.seek(pressed);
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = momentOf(event);
    const near = marks.find((mark) => Math.abs(toX(mark.start) - toX(at)) < 5);
    canvas.title = near ? `${formatClock(near.start)} ${near.text}` : "";
    if (pressed === null || Math.abs(toX(at) - toX(pressed)) < 4) return;
    range.set(Math.min(at, pressed), Math.max(at, pressed));
  });
  canvas.addEventListener("pointerup", () => (pressed = null));
  canvas.addEventListener("pointercancel", () => (pressed = null));
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
    const to = { Home: 0, End: duration() }[event.key] ?? (moves[event.key] && player.moment() + moves[event.key]);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    player.seek(to);
    announce(formatClock(to));
  });

  player.onMove(show);
  range.onChange(draw);
  new ResizeObserver(draw).observe(canvas);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  document.addEventListener("htmx:afterSwap", loadMarks);
  document.addEventListener("portal:shown", loadMarks);
  loadMarks();
  loadSounds();
  show();
}
