// The coverage grid: arrow keys between its cells, and its states follow the server.
import { startGridKeys } from "../grid/keys.js";
import { followParts } from "../polling/live-parts.js";

startGridKeys(() => document.getElementById("grid-table"));
followParts();
