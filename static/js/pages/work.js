// My work: its sections follow the server.
import { followParts } from "../polling/live-parts.js";

followParts();
