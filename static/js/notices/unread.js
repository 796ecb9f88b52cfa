// How many notices are unread, in the header of every page. A page that follows nothing else says nothing of misses.
import { watchParts } from "../polling/live-parts.js";

const ID = "unread-notices";

export function followUnread() {
  if (!document.getElementById(ID)) return;
  const url = () => document.getElementById(ID)?.dataset.unreadFrom || "";
  watchParts({ url, expects: ID, every: 10, longest: 60, quiet: true }).start();
}
