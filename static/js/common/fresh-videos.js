// A video that was loaded hours ago is loaded again before it goes on: its address in the bucket is about to expire.
// Browsers would try that address again and again, and say nothing.
const LASTS = 5 * 3600 * 1000; // milliseconds; an address is valid for six hours (dubbing/web/shared/responses.py)
const loadedAt = new WeakMap();

// These events do not bubble.
const listen = (name, call) => document.addEventListener(name, ({ target }) => call(target), true);

function loadAgain(video) {
  // One that began to load before this script counts from the page's own beginning.
  if (performance.now() - (loadedAt.get(video) ?? 0) < LASTS) return;
  const at = video.currentTime;
  const isPlaying = !video.paused;
  const goOn = () => {
    video.currentTime = at;
    if (isPlaying) video.play();
  };
  video.addEventListener("loadedmetadata", goOn, { once: true });
  video.load();
}

export function keepVideosFresh() {
  listen("loadstart", (video) => loadedAt.set(video, performance.now()));
  listen("play", loadAgain);
  listen("seeking", loadAgain);
}
