// Words for a file on its way, the same in every place that shows one. Knows no page.
import { formatBytes, percentOf } from "../common/sizes.js";
import { formatEstimate } from "../common/times.js";

const WAITING = {
  offline: () => "You are offline. The upload resumes when you reconnect.",
  lost: () => "Connection lost.",
  "signed-out": () => "You are signed out. Sign in in another tab, and the upload resumes here.",
  busy: () => "The last part is still being saved, or another window is uploading this file.",
  full: ({ problem }) => `${problem.message || "The server disk is full."} ${problem.remedy || ""}`.trim(),
  unwell: () => "The server returned an error.",
};

function describeRetry(upload, now) {
  if (!upload.retryAt) return "Trying now…";
  return `Trying again in ${formatEstimate(Math.max(1, Math.ceil((upload.retryAt - now) / 1000)))}.`;
}

const amount = (upload) => `${formatBytes(upload.sent)} of ${formatBytes(upload.size)}`;
const describeTrouble = ({ trouble }) => `${trouble.message} ${trouble.remedy}`.trim();

const DESCRIPTIONS = {
  queued: (upload) => (upload.sent ? `Queued · ${amount(upload)} sent` : "Queued"),
  starting: () => "Getting ready…",
  sending(upload) {
    const left = `${formatBytes(upload.speed)}/s · about ${formatEstimate(upload.left)} left`;
    return upload.left ? `${amount(upload)} · ${left}` : amount(upload);
  },
  waiting(upload, now) {
    const why = WAITING[upload.why](upload);
    const saysItAll = ["offline", "signed-out"].includes(upload.why) && upload.retryAt;
    return saysItAll ? why : `${why} ${describeRetry(upload, now)}`;
  },
  paused: (upload) => `Paused · ${amount(upload)} sent`,
  checking({ hash, size }) {
    const lags = hash && hash.read < size;
    return lags
      ? `Upload complete. Comparing with your file, ${percentOf(hash.read, size)}%…`
      : "Upload complete. Checking…";
  },
  done: () => "Uploaded",
  refused: describeTrouble,
  failed: describeTrouble,
  cancelled: () => "Cancelled",
};

export const describeUpload = (upload, now = Date.now()) => DESCRIPTIONS[upload.state](upload, now);
