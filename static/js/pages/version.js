// A version: its player, the review room around it, and what else follows the server.
import { startPlayer } from "../player/player.js";
import { followParts } from "../polling/live-parts.js";
import { startRoom } from "../review/room.js";

followParts();
const box = document.querySelector("[data-player]");
if (box) startRoom(startPlayer(box));
