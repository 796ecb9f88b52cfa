// The coverage grid: arrow keys between its cells, videos to pick, and states that follow the server.
import { startGridKeys } from "../grid/keys.js";
import { startSelection } from "../grid/selection.js";
import { followParts } from "../polling/live-parts.js";

startGridKeys(() => document.getElementById("grid-table"));
startSelection();
followParts();
