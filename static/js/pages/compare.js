// Providers side by side: their videos, and what else follows the server.
import { startComparison } from "../player/comparison.js";
import { followParts } from "../polling/live-parts.js";

followParts();
const box = document.querySelector("[data-compare]");
if (box) startComparison(box);
