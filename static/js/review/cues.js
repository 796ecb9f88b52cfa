// The subtitles beside the picture: the one that is spoken is marked and stays in view.
export function startCues(list, player) {
  const lines = [...list.querySelectorAll("[data-start]")].map((element) => ({
    element,
    start: Number(element.dataset.start),
    end: Number(element.dataset.end),
  }));
  let current = null;

  function follow() {
    const at = player.moment();
    const now = lines.find((line) => at >= line.start && at < line.end) || null;
    if (now === current) return;
    current?.element.removeAttribute("aria-current");
    now?.element.setAttribute("aria-current", "true");
    current = now;
    if (now && !list.matches(":hover")) scrollTo(now.element);
  }

  // Within the list alone: the page stays where it is.
  function scrollTo(element) {
    const middle = element.offsetTop - list.offsetTop - list.clientHeight / 2 + element.clientHeight / 2;
    list.scrollTop = Math.max(0, middle);
  }

  function step(by) {
    if (!lines.length) return;
    const at = player.moment();
    const before = lines.findLastIndex((line) => line.start <= at + 0.01);
    const index = Math.max(0, Math.min(lines.length - 1, before + by));
    player.seek(lines[index].start + 0.01);
  }

  player.onMove(follow);
  follow();
  return { lines, step };
}
