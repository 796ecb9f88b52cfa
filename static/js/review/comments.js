// Comments: written at the moment that is shown, found by the keyboard, and sent without leaving the video.
import { announce } from "../common/announce.js";
import { gettext } from "../common/gettext.js";
import { formatTime } from "../common/times.js";

const clock = (seconds) => (seconds === null ? "" : formatTime(Math.round(seconds * 1000)));

export function startComments(player, range) {
  const field = (name) => document.getElementById(`comment-${name}`);
  const all = () => [...document.querySelectorAll("#comments .comment[data-start]")];
  const more = () => document.querySelector("#comments [data-more]");

  function write() {
    const text = field("text");
    if (!text) return;
    player.pause();
    if (!text.value.trim()) useMoment();
    text.focus();
    text.scrollIntoView({ block: "nearest" });
  }

  // The range that is chosen, else the moment that is shown.
  function useMoment() {
    const { start, end } = range.get();
    field("start").value = clock(start ?? player.moment());
    field("end").value = clock(end);
  }

  function step(by) {
    const comments = all();
    if (!comments.length) return;
    const at = comments.findIndex((comment) => comment === document.activeElement);
    const now = player.moment();
    const next = comments.findIndex((comment) => Number(comment.dataset.start) > now + 0.05);
    const after = at >= 0 ? at + by : by > 0 ? next : (next < 0 ? comments.length : next) - 1;
    const comment =
      comments[Math.max(0, Math.min(comments.length - 1, after < 0 && by > 0 ? comments.length - 1 : after))];
    comment.focus();
    comment.scrollIntoView({ block: "nearest" });
    // What loads more of them when it is seen.
    if (by > 0 && comment === comments.at(-1)) more()?.scrollIntoView({ block: "nearest" });
    player.seek(Number(comment.dataset.start));
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target?.closest("[data-seek]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      player.seek(Number(link.dataset.seek));
    }
    const button = target?.closest("[data-range]");
    if (button?.dataset.range === "now") useMoment();
    if (button?.dataset.range === "none") {
      range.set(null);
      field("start").value = field("end").value = "";
    }
  });
  // A range that is chosen after the comment was begun is meant for it.
  range.onChange(({ start }) => {
    if (start !== null && field("text") === document.activeElement) useMoment();
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target instanceof Element ? event.target.closest("#comments form, .decision form") : null;
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (form && event.key === "Escape") event.target.blur();
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.requestConfig?.elt?.matches("[data-more]")) return;
    if (detail.target?.id !== "comments" && !document.getElementById("comments")?.contains(detail.elt)) return;
    const problem = document.querySelector("#comments [role=alert]");
    announce(problem ? problem.textContent.trim() : gettext("Comments updated."));
  });

  // The address of a comment goes to its moment.
  const named = document.querySelector(/^#comment-\d+$/.test(window.location.hash) ? window.location.hash : "#none");
  const moment = named && Number(named.dataset.start);
  if (moment > 0 && !new URLSearchParams(window.location.search).has("t")) player.seek(moment);

  return { write, step };
}
