// Times and lengths: read as subtitlers write them (00:01:02.500, 1:02.5, 62.5), and shown as people read them.
// The server reads times by the same rules.
import { formatNumber, gettext } from "./gettext.js";

export const LAST_TIME = 100 * 3600 * 1000 - 1; // milliseconds: what a subtitle can be late
const TIME = /^(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6})(?:[.,](\d{1,9}))?\s*s?$/;

const pad = (number, digits = 2) => String(Math.floor(number)).padStart(digits, "0");

// Milliseconds, or null for what is no time.
export function parseTime(text, { last = Infinity } = {}) {
  const match = TIME.exec(text.trim());
  if (!match) return null;
  const [, hours, minutes, seconds, fraction] = match;
  if ((minutes !== undefined && Number(seconds) > 59) || (hours !== undefined && Number(minutes) > 59)) return null;
  const whole = (Number(hours || 0) * 60 + Number(minutes || 0)) * 60 + Number(seconds);
  const milliseconds = whole * 1000 + Math.round(Number(`0.${fraction || 0}`) * 1000);
  return milliseconds <= last ? milliseconds : null;
}

// 00:01:02.500
export function formatTime(milliseconds) {
  const all = Math.round(milliseconds);
  return `${pad(all / 3600000)}:${pad((all / 60000) % 60)}:${pad((all / 1000) % 60)}.${pad(all % 1000, 3)}`;
}

// 00:01:02,500, as SRT files have it
export function formatSrtTime(milliseconds) {
  return formatTime(milliseconds).replace(".", ",");
}

// 1:02, beside a player
export function formatClock(seconds) {
  return `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
}

const hoursAndMinutes = (hours, minutes) => gettext("%(hours)s h %(minutes)s min", { hours, minutes });

// A length: 4.5 s, 1 min 2 s, 1 h 5 min
export function formatDuration(seconds) {
  if (seconds < 60) return `${formatNumber(Math.floor(seconds * 10 + 0.5) / 10)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours) return minutes ? hoursAndMinutes(hours, minutes) : gettext("%(hours)s h", { hours });
  return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
}

// Time that passes, second by second: always the same two units, so that nothing jumps.
export function formatElapsed(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours) return hoursAndMinutes(hours, minutes);
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

// What is left of something, which nobody knows to the second.
export function formatEstimate(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : hoursAndMinutes(Math.floor(minutes / 60), minutes % 60);
}

// Minutes that are paid, as the server writes them: tenths, rounded up.
export function formatBilledMinutes(seconds) {
  const tenths = Math.ceil(Math.round(seconds * 1000) / 6000);
  return `${formatNumber(tenths / 10)} min`;
}
