// Amounts of bytes, as people read them.
import { formatNumber, ngettext } from "./gettext.js";

const UNITS = ["kB", "MB", "GB"];

export function formatBytes(count) {
  if (count < 999.5) return ngettext("%(count)s byte", "%(count)s bytes", Math.round(count));
  let amount = count / 1000;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = amount >= 100 ? 0 : 1;
  return `${formatNumber(amount, { least: digits, most: digits, grouped: false })} ${UNITS[unit]}`;
}

// Not 100 before the server says that everything is there: the last bytes may be in a cable, or in a buffer.
export function percentOf(sent, size) {
  return size ? Math.min(99, Math.floor((sent / size) * 100)) : 0;
}
