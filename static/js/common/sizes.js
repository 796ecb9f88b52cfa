// Amounts of bytes, as people read them.
const UNITS = ["bytes", "kB", "MB", "GB"];

export function formatBytes(count) {
  let amount = count;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[unit]}`;
}

// Not 100 before the server says that everything is there: the last bytes may be in a cable, or in a buffer.
export function percentOf(sent, size) {
  return size ? Math.min(99, Math.floor((sent / size) * 100)) : 0;
}
