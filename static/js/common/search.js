// Searching a list by what somebody types: every word has to be there, whatever its case and accents.
const fold = (text) =>
  text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "");

export function makeMatcher(query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return (text) => words.every((word) => fold(text).includes(word));
}
