// What is checked in the pages' scripts. Files that know no page get no browser in their globals: they cannot use one.
import js from "@eslint/js";
import globals from "globals";

const PURE = [
  "static/js/common/{search,sizes,times}.js",
  "static/js/editor/{cues,matches,source-text,srt}.js",
  "static/js/polling/poll.js",
  "static/js/upload/{hash-pieces,messages,problems}.js",
];
const WORKER = ["static/js/upload/hash-worker.js"];
// Of a page's globals only those that a vendored script made.
const VENDORED = { htmx: "readonly", tus: "readonly", WaveSurfer: "readonly" };

export default [
  { ignores: ["static/vendor/", "staticfiles/", "build/", "var/", ".venv*/"] },
  js.configs.recommended,
  {
    rules: {
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-len": ["error", { code: 120 }],
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "AssignmentExpression[left.object.name=/^(window|globalThis|self)$/][left.property.name!=/^on/]",
          message: "Modules import what they need of one another; nothing is put on the window.",
        },
      ],
    },
  },
  { files: ["static/js/**/*.js"], ignores: [...PURE, ...WORKER], languageOptions: { globals: globals.browser } },
  { files: WORKER, languageOptions: { globals: globals.worker } },
  { files: PURE, languageOptions: { globals: { AbortController: "readonly" } } },
  { files: ["static/js/theme.js"], languageOptions: { sourceType: "script" } },
  { files: ["static/js/**/*.js"], ignores: PURE, languageOptions: { globals: VENDORED } },
  { files: ["tests/js/**/*.js", "tests/support/*.mjs", "*.config.js"], languageOptions: { globals: globals.node } },
];
