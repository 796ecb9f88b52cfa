// The counts in the header of every page and beside a project's tabs. A page that follows nothing else says nothing of
// misses.
import { watchParts } from "../polling/live-parts.js";

export function followNavigationCounts() {
  const header = document.getElementById("header");
  if (!header) return;
  const url = new URL(header.dataset.countsFrom, location.href);
  const tabs = document.getElementById("project-navigation");
  if (tabs) url.searchParams.set("project", tabs.dataset.project);
  watchParts({ url: () => url.href, expects: "unread-notices", every: 10, longest: 60, quiet: true }).start();
}
