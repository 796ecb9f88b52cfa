// Asking the server about an upload: its row is the only truth about it. And which file it was, as this browser knows.
import { csrfToken } from "../common/csrf.js";
import { explainFailure, fingerprint, makeLost, matchesRow, readRow } from "./problems.js";

const LIMIT = 60_000; // milliseconds: whoever waits for an answer that never comes does not go on

export const requestHeaders = () => ({
  "X-CSRFToken": csrfToken(),
  "X-Requested-With": "XMLHttpRequest",
  Accept: "application/json",
});

export async function fetchRow(url, { path = "", ...options } = {}) {
  const [address, query] = url.split("?");
  let response, answer;
  try {
    response = await fetch(`${address}${path}${query ? `?${query}` : ""}`, {
      redirect: "manual",
      cache: "no-store",
      headers: requestHeaders(),
      signal: AbortSignal.timeout(LIMIT),
      ...options,
    });
    const isEmpty = response.status === 204 || response.type === "opaqueredirect";
    answer = isEmpty ? {} : await response.json().catch(() => ({}));
  } catch {
    throw makeLost(navigator.onLine);
  }
  return readRow({ status: response.status, redirected: response.type === "opaqueredirect", answer });
}

export const deleteUpload = (url) => fetchRow(url, { method: "DELETE" });

// Why a request of tus failed.
export function explainTusError(error, creating) {
  const response = error.originalResponse;
  if (!response) return makeLost(navigator.onLine);
  return explainFailure({ status: response.getStatus(), body: response.getBody(), creating });
}

// --- which file it was ---

const keyOf = (url) => `portal:upload:${url.split("?")[0].split("/").filter(Boolean).pop()}`;

// A private window may refuse all of these.
export function rememberFile(url, file) {
  try {
    localStorage.setItem(keyOf(url), fingerprint(file));
  } catch {
    // The server still knows name and size.
  }
}

export function forgetFile(url) {
  try {
    localStorage.removeItem(keyOf(url));
  } catch {
    // Nothing was kept then.
  }
}

export function isFileOf(file, row, url) {
  let known = null;
  try {
    known = localStorage.getItem(keyOf(url));
  } catch {
    // Name and size have to do.
  }
  return matchesRow(file, row, known);
}
