// Words for a file on its way, the same in every place that shows one. Knows no page.
import { gettext } from "../common/gettext.js";
import { formatBytes, percentOf } from "../common/sizes.js";
import { formatEstimate } from "../common/times.js";

const WAITING = {
  offline: () => gettext("You are offline. The upload resumes when you reconnect."),
  lost: () => gettext("Connection lost."),
  "signed-out": () => gettext("You are signed out. Sign in in another tab, and the upload resumes here."),
  busy: () => gettext("The last part is still being saved, or another window is uploading this file."),
  full: ({ problem }) => `${problem.message || gettext("The server disk is full.")} ${problem.remedy || ""}`.trim(),
  unwell: () => gettext("The server returned an error."),
};

function describeRetry(upload, now) {
  if (!upload.retryAt) return gettext("Trying now…");
  const time = formatEstimate(Math.max(1, Math.ceil((upload.retryAt - now) / 1000)));
  return gettext("Trying again in %(time)s.", { time });
}

// "12 MB of 40 MB"
export const describeAmount = (sent, size) =>
  gettext("%(sent)s of %(size)s", { sent: formatBytes(sent), size: formatBytes(size) });
const amount = (upload) => describeAmount(upload.sent, upload.size);
const describeTrouble = ({ trouble }) => `${trouble.message} ${trouble.remedy}`.trim();

const DESCRIPTIONS = {
  queued: (upload) =>
    upload.sent ? gettext("Queued · %(amount)s sent", { amount: amount(upload) }) : gettext("Queued"),
  starting: () => gettext("Getting ready…"),
  sending(upload) {
    if (!upload.left) return amount(upload);
    const [speed, time] = [formatBytes(upload.speed), formatEstimate(upload.left)];
    return gettext("%(amount)s · %(speed)s/s · about %(time)s left", { amount: amount(upload), speed, time });
  },
  waiting(upload, now) {
    const why = WAITING[upload.why](upload);
    const saysItAll = ["offline", "signed-out"].includes(upload.why) && upload.retryAt;
    return saysItAll ? why : `${why} ${describeRetry(upload, now)}`;
  },
  paused: (upload) => gettext("Paused · %(amount)s sent", { amount: amount(upload) }),
  checking({ hash, size }) {
    const lags = hash && hash.read < size;
    return lags
      ? gettext("Upload complete. Comparing with your file, %(percent)s%%…", { percent: percentOf(hash.read, size) })
      : gettext("Upload complete. Checking…");
  },
  done: () => gettext("Uploaded"),
  refused: describeTrouble,
  failed: describeTrouble,
  cancelled: () => gettext("Cancelled"),
};

export const describeUpload = (upload, now = Date.now()) => DESCRIPTIONS[upload.state](upload, now);
