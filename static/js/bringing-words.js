// Words for a file on its way, the same in every place that shows one.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});

  function bytes(count) {
    for (const unit of ["bytes", "kB", "MB", "GB"]) {
      if (count < 999.5 || unit === "GB") return `${unit === "bytes" || count >= 100 ? Math.round(count) : count.toFixed(1)} ${unit}`;
      count /= 1000;
    }
  }

  function time(seconds) {
    if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
    const minutes = Math.round(seconds / 60);
    return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  // Not 100 before the server says that everything is there: the last bytes may be in a cable, or in a buffer.
  const percent = (sent, size) => (size ? Math.min(99, Math.floor((sent / size) * 100)) : 0);

  const WAITING = {
    offline: () => "You are offline. It goes on by itself when the connection is back.",
    lost: () => "The connection was lost.",
    "signed-out": () => "You are signed out. Sign in in another tab; it goes on here by itself.",
    busy: () => "The portal still holds the last piece, or another window sends this file too.",
    full: (coming) => `${coming.said.message || "The portal's disk is full."} ${coming.said.remedy || ""}`.trim(),
    unwell: () => "The portal answers with an error.",
  };

  function again(coming) {
    if (!coming.retryAt) return "Trying now…";
    const seconds = Math.max(1, Math.ceil((coming.retryAt - Date.now()) / 1000));
    return `Trying again in ${time(seconds)}.`;
  }

  const amount = (coming) => `${bytes(coming.sent)} of ${bytes(coming.size)}`;

  const WORDS = {
    queued: (coming) => (coming.sent ? `Waits for its turn · ${amount(coming)} sent` : "Waits for its turn"),
    starting: () => "Getting ready…",
    sending: (coming) => amount(coming) + (coming.left ? ` · ${bytes(coming.speed)}/s · about ${time(coming.left)} left` : ""),
    waiting: (coming) => {
      const why = WAITING[coming.why](coming);
      return ["offline", "signed-out"].includes(coming.why) && coming.retryAt ? why : `${why} ${again(coming)}`;
    },
    paused: (coming) => `Paused · ${amount(coming)} sent`,
    checking: (coming) => {
      const lags = coming.sum && coming.sum.read < coming.size;
      return lags ? `Everything is here. Being compared with your file, ${percent(coming.sum.read, coming.size)} %…` : "Everything is here. Being checked…";
    },
    done: () => "Uploaded",
    refused: (coming) => `${coming.trouble.message} ${coming.trouble.remedy}`.trim(),
    failed: (coming) => `${coming.trouble.message} ${coming.trouble.remedy}`.trim(),
    cancelled: () => "Cancelled",
  };

  portal.bringing = { ...portal.bringing, bytes, time, percent, words: (coming) => WORDS[coming.state](coming) };
})();
