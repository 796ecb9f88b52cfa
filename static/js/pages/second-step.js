// Forms that a passkey fills in: it is asked when the form is sent, and its answer goes with it.
const options = JSON.parse(document.getElementById("passkey-options")?.textContent || "{}").publicKey;

function bytes(base64) {
  const plain = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function encoded(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const named = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

async function create() {
  const user = { ...options.user, id: bytes(options.user.id) };
  const excludeCredentials = named(options.excludeCredentials);
  const publicKey = { ...options, challenge: bytes(options.challenge), user, excludeCredentials };
  const made = await navigator.credentials.create({ publicKey });
  return answer(made, ["clientDataJSON", "attestationObject"]);
}

async function get() {
  const allowCredentials = named(options.allowCredentials);
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials };
  const credential = await navigator.credentials.get({ publicKey });
  return answer(credential, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);
}

function answer(credential, parts) {
  const { id, type, rawId } = credential;
  const filled = parts.filter((name) => credential.response[name]);
  const response = Object.fromEntries(filled.map((name) => [name, encoded(credential.response[name])]));
  return { id, type, rawId: encoded(rawId), response, clientExtensionResults: credential.getClientExtensionResults() };
}

document.querySelectorAll("form[data-passkey]").forEach((form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-passkey-failed]");
    failed.hidden = true;
    try {
      const credential = await (form.dataset.passkey === "create" ? create() : get());
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
});
