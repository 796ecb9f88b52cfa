// Source and dub in one place: switching keeps the moment, minding that the dub starts where the trim starts.
import { announce } from "../common/announce.js";
import { gettext } from "../common/gettext.js";
import { isTyping } from "../common/keyboard.js";

export function startPlayer(player) {
  const start = Number(player.dataset.start) || 0;
  const videos = {};
  player.querySelectorAll("[data-video]").forEach((video) => (videos[video.dataset.video] = video));
  let side = player.dataset.side in videos ? player.dataset.side : Object.keys(videos)[0];

  const additions = [];
  const now = () => videos[side];
  const offset = (name) => (name === "source" ? start : 0);

  // A place on the dub's timeline, whichever side is shown.
  const moment = () => Math.max(0, now().currentTime - offset(side));

  function seek(video, seconds) {
    const go = () => (video.currentTime = Math.max(0, Math.min(seconds, video.duration || seconds)));
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) go();
    else video.addEventListener("loadedmetadata", go, { once: true });
  }

  function show(name) {
    const to = videos[name];
    if (!to || name === side) return;
    const from = now();
    const playing = !from.paused && !from.ended;
    const at = moment();
    const full = document.fullscreenElement === from;
    from.pause();
    to.volume = from.volume;
    to.muted = from.muted;
    to.playbackRate = from.playbackRate;
    side = name;
    seek(to, at + offset(name));
    from.hidden = true;
    to.hidden = false;
    if (full) {
      document
        .exitFullscreen()
        .then(() => to.requestFullscreen())
        .catch(() => {});
    }
    if (playing) to.play().catch(() => {});
    player.dataset.side = name;
    player.querySelectorAll("[data-show]").forEach((link) => {
      if (link.dataset.show === name) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    player.querySelector("[data-cannot-play]").hidden = !to.error;
    remember();
    announce(name === "source" ? gettext("Playing the source") : gettext("Playing the dub"));
  }

  function address() {
    const url = new URL(window.location.href);
    url.searchParams.set("side", side);
    url.searchParams.set("t", moment().toFixed(1));
    additions.forEach((describe) => describe(url));
    return url;
  }

  function remember() {
    window.history.replaceState(null, "", address());
  }

  function toggle() {
    if (now().paused) {
      now()
        .play()
        .catch(() => {});
    } else now().pause();
  }

  function captions() {
    const tracks = [...now().textTracks];
    const shown = tracks.some((track) => track.mode === "showing");
    tracks.forEach((track) => (track.mode = shown ? "disabled" : "showing"));
    if (tracks.length === 0) announce(gettext("No subtitles"));
    else announce(shown ? gettext("Subtitles off") : gettext("Subtitles on"));
  }

  function fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else {
      now()
        .requestFullscreen()
        .catch(() => {});
    }
  }

  const keys = {
    " ": toggle,
    k: toggle,
    j: () => seek(now(), now().currentTime - 5),
    l: () => seek(now(), now().currentTime + 5),
    1: () => show("source"),
    2: () => show("dub"),
    m: () => (now().muted = !now().muted),
    s: captions,
    f: fullscreen,
  };

  document.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || isTyping(event)) return;
    // Space belongs to what has the focus; a video plays and pauses by itself, and would undo what we do.
    if (event.key === " " && event.target instanceof Element && event.target.closest("button, a, summary, video")) {
      return;
    }
    event.preventDefault();
    act();
  });

  player.addEventListener("click", (event) => {
    const link = event.target.closest("[data-show]");
    if (!link) return;
    event.preventDefault();
    show(link.dataset.show);
  });

  Object.entries(videos).forEach(([name, video]) => {
    video.addEventListener("pause", remember);
    video.addEventListener("seeked", () => name === side && video.paused && remember());
    video.addEventListener("error", () => {
      if (name !== side) return;
      player.querySelector("[data-cannot-play-message]").textContent =
        name === "source"
          ? gettext("This browser cannot play the source. You can still play the dub.")
          : gettext("This browser cannot play this video. Download it instead.");
      player.querySelector("[data-cannot-play]").hidden = false;
    });
  });

  const copy = player.querySelector("[data-copy]");
  const label = player.querySelector("[data-copy-label]");
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(address().href);
    label.textContent = gettext("Copied");
    announce(gettext("Link copied"));
    window.setTimeout(() => (label.textContent = gettext("Copy link to this moment")), 2000);
  });

  const asked = Number(new URLSearchParams(window.location.search).get("t"));
  if (asked > 0) seek(now(), asked + offset(side));

  // What else goes with the player: times are the dub's, in seconds.
  const listeners = [];
  const move = (video) => video === now() && listeners.forEach((listen) => listen());
  Object.values(videos).forEach((video) => {
    for (const kind of ["timeupdate", "seeking", "seeked", "loadedmetadata"]) {
      video.addEventListener(kind, () => move(video));
    }
    followFrames(video, () => move(video));
  });
  const known = Number(player.dataset.duration) || 0;
  return {
    start,
    frameRate: Number(player.dataset.frameRate) || 0,
    moment,
    duration: () => known || videos.dub?.duration || 0,
    seek: (seconds) => seek(now(), seconds + offset(side)),
    play: () =>
      now()
        .play()
        .catch(() => {}),
    pause: () => now().pause(),
    rate: () => now().playbackRate,
    setRate: (rate) => Object.values(videos).forEach((video) => (video.playbackRate = rate)),
    onMove: (listen) => listeners.push(listen),
    // What else the address of this page says: `describe(url)` writes it whenever the address is made.
    addToAddress: (describe) => additions.push(describe),
    remember,
  };
}

// Events of a player come four times a second; its frames as they are shown.
function followFrames(video, shown) {
  if (!video.requestVideoFrameCallback) return;
  const next = () => {
    shown();
    video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback(next);
}
