// What answers about an upload mean: whether it goes on by itself, and whose file it was. Knows no page.
import { gettext } from "../common/gettext.js";

const SIGNED_OUT = { why: "signed-out" };

// `final`: does not go on by itself. `gone`: not on the server any more. `soon`: nothing is wrong, somebody else was
// faster. `why`: "offline", "lost", "signed-out", "busy", "full", "unwell"; see upload.js.
export class UploadProblem extends Error {
  constructor(details) {
    super(details.message || details.why);
    Object.assign(this, details);
  }
}

const makeGone = (answer) =>
  new UploadProblem({
    final: true,
    gone: true,
    message: answer.message || gettext("This upload no longer exists: it was deleted or has expired."),
    remedy: answer.remedy || gettext("Upload the file again."),
  });

export const makeLost = (isOnline) => new UploadProblem({ why: isOnline ? "lost" : "offline" });

// The row that an answer holds; throws what is wrong with any other.
export function readRow({ status, redirected = false, answer = {} }) {
  if (answer.status || status === 204) return answer;
  if (status === 404 || status === 410) throw makeGone(answer);
  const isStranger = redirected || [200, 401, 403].includes(status);
  throw new UploadProblem(isStranger ? SIGNED_OUT : { why: "unwell" });
}

// Why a request that sends bytes failed: by what the answer says. A HEAD has no body.
export function explainFailure({ status, body = "", creating = false }) {
  let answer = {};
  try {
    answer = JSON.parse(body);
  } catch {
    // A proxy, or a page to sign in.
  }
  if (status < 400 || status === 401 || status === 403) return new UploadProblem(SIGNED_OUT);
  if (creating && answer.message) return new UploadProblem({ final: true, ...answer });
  if (status === 404 || status === 410) return makeGone(answer);
  if (status === 413 && !answer.message) return new UploadProblem({ why: "lost", soon: true, tooLarge: true });
  if (status === 412 || status === 413) return new UploadProblem({ final: true, ...answer });
  if (status === 409 || status === 423 || status === 460) return new UploadProblem({ why: "busy", soon: true });
  if (answer.message && [429, 503, 507].includes(status)) return new UploadProblem({ why: "full", ...answer });
  return new UploadProblem({ why: status === 400 ? "lost" : "unwell" });
}

// The server knows name and size; this browser also knows when the file was changed last.
export const fingerprint = (file) => JSON.stringify([file.name, file.size, file.lastModified]);

// Whether this is the file of which a part is there already. `known`: its fingerprint, if this browser sent that part.
export function matchesRow(file, row, known) {
  return known ? known === fingerprint(file) : file.size === row.size && file.name.normalize("NFC") === row.name;
}
