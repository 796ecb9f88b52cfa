// Reads IMSC from standard input as imscJS does, and prints what is shown from each moment on:
// [[seconds, text with <b>, <i>, <u>], …].
// Whatever imscJS finds wrong with the document ends it with an error.
import { readFileSync } from "node:fs";
import documents from "imsc/src/main/js/doc.js";
import moments from "imsc/src/main/js/isd.js";

const refuse = (message) => {
  throw new Error(message);
};
const strict = { info: refuse, warn: refuse, error: refuse, fatal: refuse };
const style = (element, name) => element.styleAttrs?.[`http://www.w3.org/ns/ttml#styling ${name}`];

function written(element) {
  if (element.kind === "br") return "\n";
  let text = element.text ?? (element.contents ?? []).map(written).join("");
  if (element.kind === "span" && element.text) {
    if (style(element, "textDecoration")?.includes("underline")) text = `<u>${text}</u>`;
    if (style(element, "fontStyle") === "italic") text = `<i>${text}</i>`;
    if (style(element, "fontWeight") === "bold") text = `<b>${text}</b>`;
  }
  return text;
}

const document = documents.fromXML(readFileSync(0, "utf8"), strict);
const shown = document
  .getMediaTimeEvents()
  .map((at) => [at, moments.generateISD(document, at, strict).contents.map(written).join("")]);
process.stdout.write(JSON.stringify(shown));
