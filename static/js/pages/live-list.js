// Lists of videos and projects follow the server: My work, a project, the projects.
import { followParts } from "../polling/live-parts.js";

followParts();
