// What is said in the source while a cue stands: everything that overlaps by more than a blink. Knows no page.
export function makeSourceText(source) {
  const sorted = [...source].sort((one, other) => one[0] - other[0]);
  const longest = sorted.reduce((most, [start, end]) => Math.max(most, end - start), 0);

  return function textDuring(cue) {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle][0] < cue.start - longest) low = middle + 1;
      else high = middle;
    }
    const texts = [];
    for (let n = low; n < sorted.length && sorted[n][0] < cue.end; n += 1) {
      const [start, end, text] = sorted[n];
      const both = Math.min(end, cue.end) - Math.max(start, cue.start);
      if (both > 0.4 * Math.min(end - start, cue.end - cue.start)) texts.push(text);
    }
    return texts.join("\n");
  };
}
