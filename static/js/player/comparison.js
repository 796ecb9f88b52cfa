// Source and dubs in step: all of them run, one is heard. Times are the source's: a dub starts where its trim starts.
import { announce } from "../common/announce.js";
import { gettext } from "../common/gettext.js";
import { isTyping } from "../common/keyboard.js";
import { formatClock } from "../common/times.js";

const STEP = 0.01; // seconds apart that are left alone
const JUMP = 0.2; // further apart, the video jumps; nearer, it runs a little faster or slower until it is in step
const LOOK_EVERY = 100; // milliseconds
const STALLED = 3000; // milliseconds to wait for a video that does not arrive where it was sent

// How fast a video runs that is so many seconds behind (or, negative, ahead): a third of a second closes the gap.
export function rateFor(behind) {
  return Math.abs(behind) < STEP ? 1 : 1 + Math.max(-0.25, Math.min(0.25, behind * 3));
}

export function startComparison(box) {
  const takes = [...box.querySelectorAll("[data-compare-video]")].map((element) => ({
    key: element.dataset.compareVideo,
    offset: Number(element.dataset.offset) || 0,
    element,
    video: element.querySelector("video"),
  }));
  const range = box.querySelector("[data-moment]");
  const clock = box.querySelector("[data-clock]");
  const toggleButton = box.querySelector("[data-toggle]");
  const trouble = box.querySelector("[data-cannot-play]");
  let heard = takes.find((take) => take.key === box.dataset.listen) || takes[0];
  let playing = false;
  let asked = Number(new URLSearchParams(window.location.search).get("t")) || 0;

  const nameOf = (take) => take.element.querySelector("h2").textContent;
  const known = (take) => Number.isFinite(take.video.duration) && !take.video.error;
  const dubs = () => takes.filter((take) => known(take) && (take.key !== "0" || takes.length === 1));
  const first = () => Math.min(...dubs().map((take) => take.offset));
  const last = () => Math.max(...dubs().map((take) => take.offset + take.video.duration));
  const moment = () => heard.video.currentTime + heard.offset;

  function place(take, at) {
    const seconds = at - take.offset;
    take.outside = seconds < 0 || (known(take) && seconds > take.video.duration);
    take.video.currentTime = Math.max(0, known(take) ? Math.min(seconds, take.video.duration) : seconds);
  }

  function seek(at) {
    if (!dubs().length) return;
    const to = Math.max(first(), Math.min(at, last()));
    takes.forEach((take) => place(take, to));
    if (playing) runTogether();
    show(to);
  }

  // Each needs its own time to get there: they go on when all of them are there.
  async function runTogether() {
    takes.forEach((take) => take.video.pause());
    await Promise.all(takes.map((take) => arrived(take.video)));
    if (playing) run();
  }

  function run() {
    takes.forEach((take) => {
      if (take.outside || take.video.error) take.video.pause();
      else take.video.play().catch(() => take === heard && !take.video.error && stop());
    });
  }

  function play() {
    playing = true;
    if (heard.video.ended || moment() >= last() - 0.05) seek(first());
    runTogether();
    showLabels();
  }

  function stop() {
    playing = false;
    takes.forEach((take) => take.video.pause());
    showLabels();
    remember();
  }

  const toggle = () => (playing ? stop() : play());

  function showLabels() {
    toggleButton.querySelector("[data-toggle-label]").textContent = playing ? gettext("Pause") : gettext("Play");
    const use = toggleButton.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, playing ? "#player-pause" : "#player-play"));
  }

  function hear(key) {
    const next = takes.find((take) => take.key === key);
    if (!next) return;
    heard = next;
    mark();
    remember();
    announce(gettext("Listening to %(version)s", { version: nameOf(heard) }));
  }

  function mark() {
    takes.forEach((take) => {
      take.video.muted = take !== heard;
      take.element.toggleAttribute("data-audible", take === heard);
    });
    box.dataset.listen = heard.key;
    box.querySelectorAll("[data-listen-to]").forEach((link) => {
      if (link.dataset.listenTo === heard.key) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    complain();
  }

  function complain() {
    trouble.hidden = !heard.video.error;
    trouble.querySelector("[data-cannot-play-message]").textContent = gettext(
      "This browser cannot play %(version)s. You can still play the others.",
      { version: nameOf(heard) },
    );
  }

  function remember() {
    const url = new URL(window.location.href);
    url.searchParams.set("listen", heard.key);
    url.searchParams.set("t", moment().toFixed(1));
    window.history.replaceState(null, "", url);
  }

  function show(at) {
    if (!dubs().length) return;
    const length = last() - first();
    const into = Math.max(0, Math.min(at - first(), length));
    range.max = length.toFixed(1);
    range.value = into.toFixed(1);
    range.setAttribute(
      "aria-valuetext",
      gettext("%(time)s of %(length)s", { time: formatClock(into), length: formatClock(length) }),
    );
    clock.textContent = `${formatClock(into)} / ${formatClock(length)}`;
  }

  function keepStep() {
    if (!playing) return;
    const at = moment();
    heard.video.playbackRate = 1;
    if (heard.video.paused && !heard.video.ended) return; // they wait for each other
    takes.forEach((take) => {
      if (take === heard || take.video.seeking || !known(take)) return;
      const inside = at >= take.offset && at <= take.offset + take.video.duration;
      if (!inside) return;
      const behind = at - (take.video.currentTime + take.offset);
      if (take.outside || Math.abs(behind) > JUMP) place(take, at);
      else take.video.playbackRate = rateFor(behind);
      if (take.video.paused) take.video.play().catch(() => {});
    });
    show(at);
    if (heard.video.ended || at >= last()) stop();
  }

  const keys = { " ": toggle, k: toggle, j: () => seek(moment() - 5), l: () => seek(moment() + 5) };
  document.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    if (event.target === range ? modified : isTyping(event)) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === " " && target.closest("button, a, summary, [type=radio]")) return;
    const act = /^[0-9]$/.test(event.key) ? () => hear(event.key) : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  box.addEventListener("click", (event) => {
    const link = event.target.closest("[data-listen-to]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    hear(link.dataset.listenTo);
  });
  toggleButton.addEventListener("click", toggle);
  range.addEventListener("input", () => seek(first() + Number(range.value)));
  range.addEventListener("change", remember);

  takes.forEach((take) => {
    take.video.controls = false;
    take.video.addEventListener("click", () => hear(take.key));
    take.video.addEventListener("loadedmetadata", begin);
    take.video.addEventListener("error", () => take === heard && complain());
  });

  // Each that becomes known joins at the moment that was asked for, or at the beginning.
  function begin() {
    if (playing || !dubs().length) return;
    asked = Math.max(first(), Math.min(asked, last()));
    takes.forEach((take) => place(take, asked));
    show(asked);
  }

  box.classList.add("is-in-step");
  mark();
  begin();
  window.setInterval(keepStep, LOOK_EVERY);
}

function arrived(video) {
  if (!video.seeking || video.error) return Promise.resolve();
  return new Promise((done) => {
    const end = () => done();
    video.addEventListener("seeked", end, { once: true });
    video.addEventListener("error", end, { once: true });
    window.setTimeout(end, STALLED);
  });
}
