// Cues as an SRT file, and what in them somebody has to say. Knows no page.
import { formatSrtTime } from "../common/times.js";

export function toSrt(cues, { unfilled }) {
  return cues
    .map(({ start, end, text }, index) => {
      const span = `${formatSrtTime(start)} --> ${formatSrtTime(end)}`;
      return `${index + 1}\n${span}\n${text || unfilled}\n`;
    })
    .join("\n");
}

// Characters without markup and line ends.
export function countCharacters(text) {
  const plain = text
    .replace(/\{\\[^{}\n]*\}|<\/?[A-Za-z][^<>\n]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return [...plain].length;
}
