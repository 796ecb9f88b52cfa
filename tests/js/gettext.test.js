// Texts in the language of the page: as a page names them, and English where it names none.
import assert from "node:assert/strict";
import { test } from "node:test";

const MODULE = "../../static/js/common/gettext.js";
let pages = 0;

const showPage = (documentElement) => Object.assign(globalThis, { document: { documentElement } });

// The module as a page in this language has it.
async function load(lang, texts) {
  const url = texts && `data:application/json,${encodeURIComponent(JSON.stringify(texts))}`;
  showPage({ lang, dataset: url ? { texts: url } : {} });
  pages += 1;
  return import(`${MODULE}?page=${pages}`);
}

test("without a page, texts are English", async () => {
  delete globalThis.document;
  const { gettext, ngettext, formatNumber } = await import(MODULE);
  assert.equal(gettext("Saved"), "Saved");
  assert.equal(gettext("%(file)s: %(percent)s%% sent", { file: "a%b", percent: 5 }), "a%b: 5% sent");
  assert.deepEqual(
    [0, 1, 2].map((count) => ngettext("%(count)s cue", "%(count)s cues", count)),
    ["0 cues", "1 cue", "2 cues"],
  );
  assert.equal(formatNumber(1234.56), "1,234.6");
});

test("a page in another language has its texts, numbers and plural forms", async () => {
  const cues = { "%(count)s cue": ["%(count)s Untertitel", "%(count)s Untertitel (viele)"] };
  const { gettext, ngettext, formatNumber } = await load("de", { Saved: "Gespeichert", ...cues });
  assert.equal(gettext("Saved"), "Gespeichert");
  assert.equal(gettext("Not translated"), "Not translated");
  assert.equal(ngettext("%(count)s cue", "%(count)s cues", 1), "1 Untertitel");
  assert.equal(ngettext("%(count)s cue", "%(count)s cues", 0), "0 Untertitel (viele)");
  assert.equal(formatNumber(1234.5), "1.234,5");
});

test("plural forms are counted as gettext counts them", async () => {
  const { ngettext } = await load("pl", { file: ["plik", "pliki", "plików", "pliku"] });
  assert.deepEqual(
    [1, 2, 5, 22].map((count) => ngettext("file", "files", count)),
    ["plik", "pliki", "plików", "pliki"],
  );
});

test("texts that cannot be had are English", async () => {
  showPage({ lang: "de", dataset: { texts: "data:application/json,{" } });
  pages += 1;
  const { gettext } = await import(`${MODULE}?page=${pages}`);
  assert.equal(gettext("Saved"), "Saved");
});
