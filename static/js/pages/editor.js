// Editing subtitles: cue by cue, or as one text where they cannot be read as cues.
import { startEditor } from "../editor/editor.js";
import { startPlainText } from "../editor/plain-text.js";

const data = document.getElementById("editor-data");
if (data) startEditor(JSON.parse(data.textContent));
else if (document.querySelector("[data-editor]")) startPlainText();
