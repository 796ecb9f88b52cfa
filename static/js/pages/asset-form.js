// The new-asset page: its form and the steps in it.
import { startFixes } from "../draft/fixes.js";
import { startLanguages } from "../draft/languages.js";
import { startLinks } from "../draft/links.js";
import { startPresets } from "../draft/presets.js";
import { startSliders } from "../draft/sliders.js";
import { startSubtitleFiles } from "../draft/subtitle-files.js";
import { startTrim } from "../draft/trim.js";
import { startUploadBoxes } from "../upload/upload-box.js";

startSubtitleFiles();
startUploadBoxes();
startLanguages();
startFixes();
startTrim();
startSliders();
startLinks();
startPresets();
