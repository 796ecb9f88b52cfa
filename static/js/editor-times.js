// Times as subtitlers write them: 00:01:02.500, 1:02.5, 62.5; and how they are shown.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const LAST = 100 * 3600 * 1000 - 1;
  const TIME = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6})(?:[.,](\d{1,9}))?\s*s?$/;

  const pad = (number, digits = 2) => String(number).padStart(digits, "0");

  // Milliseconds, or null for what is no time.
  function parse(typed) {
    const match = TIME.exec(typed.trim());
    if (!match) return null;
    const [, hours, minutes, seconds, fraction] = match;
    if ((minutes !== undefined && Number(seconds) > 59) || (hours !== undefined && Number(minutes) > 59)) return null;
    const whole = (Number(hours || 0) * 60 + Number(minutes || 0)) * 60 + Number(seconds);
    const found = whole * 1000 + Math.round(Number(`0.${fraction || 0}`) * 1000);
    return found <= LAST ? found : null;
  }

  function show(milliseconds) {
    const seconds = Math.floor(milliseconds / 1000);
    return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}.${pad(milliseconds % 1000, 3)}`;
  }

  portal.times = { parse, show, LAST };
})();
