// What the server says of an upload, which is the only truth about it; why a request failed; and whose file it was.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const SIGNED_OUT = { why: "signed-out" };
  const LIMIT = 60_000; // milliseconds: whoever waits for an answer that never comes does not go on

  // Signing in again in another tab changes the token; the cookie always has the one that counts.
  portal.token = function () {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return cookie ? cookie[1] : document.querySelector("[name=csrfmiddlewaretoken]").value;
  };
  const headers = () => ({ "X-CSRFToken": portal.token(), "X-Requested-With": "XMLHttpRequest", Accept: "application/json" });

  class Trouble extends Error {
    constructor(details) { super(details.message || details.why); Object.assign(this, details); }
  }

  const gone = (answer) => new Trouble({
    final: true,
    gone: true,
    message: answer.message || "This upload is not there any more: it was deleted, or it waited too long.",
    remedy: answer.remedy || "Bring the file again from the beginning.",
  });

  // What the row says; the only truth there is about an upload.
  async function ask(url, { path = "", ...options } = {}) {
    const [address, query] = url.split("?");
    let response, answer;
    try {
      response = await fetch(`${address}${path}${query ? `?${query}` : ""}`, { redirect: "manual", cache: "no-store", headers: headers(), signal: AbortSignal.timeout(LIMIT), ...options });
      answer = response.status === 204 || response.type === "opaqueredirect" ? {} : await response.json().catch(() => ({}));
    } catch {
      throw new Trouble({ why: navigator.onLine ? "lost" : "offline" });
    }
    if (answer.status || response.status === 204) return answer;
    if (response.status === 404 || response.status === 410) throw gone(answer);
    const stranger = response.type === "opaqueredirect" || [200, 401, 403].includes(response.status);
    throw new Trouble(stranger ? SIGNED_OUT : { why: "unwell" });
  }

  // Why a request of tus failed: what the answer says, if there was one. A HEAD has no words.
  function reason(error, creating) {
    const response = error.originalResponse;
    if (!response) return new Trouble({ why: navigator.onLine ? "lost" : "offline" });
    const status = response.getStatus();
    let answer = {};
    try { answer = JSON.parse(response.getBody()); } catch { /* a proxy, or a page to sign in */ }
    if (status < 400 || status === 401 || status === 403) return new Trouble(SIGNED_OUT);
    if (creating && answer.message) return new Trouble({ final: true, ...answer });
    if (status === 404 || status === 410) return gone(answer);
    if (status === 413 && !answer.message) return new Trouble({ why: "lost", soon: true, tooLarge: true });
    if (status === 412 || status === 413) return new Trouble({ final: true, ...answer });
    if (status === 409 || status === 423 || status === 460) return new Trouble({ why: "busy", soon: true });
    if (answer.message && [429, 503, 507].includes(status)) return new Trouble({ why: "full", ...answer });
    return new Trouble({ why: status === 400 ? "lost" : "unwell" });
  }

  // --- which file it was ---------------------------------------------------------------------------------------------

  // The server knows name and size; this browser also knows when the file was changed last.
  const keyOf = (url) => `portal:upload:${url.split("?")[0].split("/").filter(Boolean).pop()}`;
  const fingerprint = (file) => JSON.stringify([file.name, file.size, file.lastModified]);
  const remember = (url, file) => { try { localStorage.setItem(keyOf(url), fingerprint(file)); } catch { /* a private window */ } };
  const forget = (url) => { try { localStorage.removeItem(keyOf(url)); } catch { /* as above */ } };
  const remembered = (url) => { try { return localStorage.getItem(keyOf(url)); } catch { return null; } };

  // Whether this is the file of which a part is there already.
  function isFileOf(file, row, url) {
    const known = remembered(url);
    return known ? known === fingerprint(file) : file.size === row.size && file.name.normalize("NFC") === row.name;
  }

  portal.bringing = { ...portal.bringing, Trouble, ask, reason, headers, remember, forget, isFileOf };
})();
