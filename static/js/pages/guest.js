// What a share link shows: the player begins where the address says, and comments lead to their moments.
import { formatClock } from "../common/times.js";
import { keepVideosFresh } from "../common/fresh-videos.js";

const box = document.querySelector("[data-guest-player]");
const video = box?.querySelector("video");

function seek(seconds) {
  video.currentTime = seconds;
}

keepVideosFresh();

if (video) {
  const start = Number(box.dataset.start);
  if (start) seek(start);
  const now = document.querySelector("[data-now]");
  const field = document.querySelector("[name=start]");
  if (now && field) {
    now.hidden = false;
    now.addEventListener("click", () => {
      field.value = formatClock(video.currentTime);
    });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-seek]");
    if (!link) return;
    event.preventDefault();
    seek(Number(link.dataset.seek));
    video.play();
    box.scrollIntoView({ block: "nearest" });
  });
}
