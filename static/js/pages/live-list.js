// Lists follow the server: My work, a project, the projects, reviews. The tab's title counts along.
import { startSelection } from "../grid/selection.js";
import { followParts } from "../polling/live-parts.js";

const title = document.title.replace(/^\(\d+\+?\) /, "");

// data-counts: how much needs the reader, as the title says it; "" for nothing.
function countInTitle() {
  const counting = document.querySelector("[data-counts]");
  if (counting) document.title = counting.dataset.counts ? `(${counting.dataset.counts}) ${title}` : title;
}

document.addEventListener("portal:shown", countInTitle);
startSelection();
followParts();
