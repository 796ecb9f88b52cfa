// A version: its player, and what else follows the server.
import { startPlayer } from "../player/player.js";
import { followParts } from "../polling/live-parts.js";

followParts();
const box = document.querySelector("[data-player]");
if (box) startPlayer(box);
