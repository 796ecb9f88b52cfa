// A batch: many files dropped at once, each on its way in its row, and a table that follows the server.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const drop = document.getElementById("drop");
  if (!drop) return;
  const box = () => document.getElementById("batch-rows");
  const coming = new Map(); // by the id of the draft
  const OVER = ["done", "refused", "failed", "cancelled"];

  // --- bringing files ------------------------------------------------------------------------------------------------

  const input = drop.querySelector("[data-files]");
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    bring(files);
  });
  for (const kind of ["dragover", "drop", "dragleave"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // a file dropped beside the box would take the place of the page
      drop.classList.toggle("is-over", kind === "dragover");
      if (kind === "drop") bring([...event.dataTransfer.files]);
    });
  }

  async function bring(files) {
    const max = Number(drop.dataset.max);
    const refused = [];
    const usable = files.filter((file) => {
      if (file.size && file.size <= max) return true;
      refused.push(`${file.name}: ${file.size ? `larger than the portal takes (${portal.bringing.bytes(max)})` : "this file is empty"}.`);
      return false;
    });
    for (let at = 0; at < usable.length; at += 100) refused.push(...(await announce(usable.slice(at, at + 100))));
    leftOut(refused);
    look();
  }

  async function announce(files) {
    const asked = { files: files.map((file) => ({ name: file.name, size: file.size })) };
    let answer;
    try {
      const headers = { "X-CSRFToken": portal.token(), "X-Requested-With": "XMLHttpRequest", "Content-Type": "application/json" };
      const response = await fetch(drop.dataset.bring, { method: "POST", body: JSON.stringify(asked), headers });
      answer = await response.json();
      if (!response.ok) return [answer.message || "The portal did not take these files. Try again."];
    } catch (error) {
      const out = error instanceof SyntaxError;
      return [out ? "You are signed out. Sign in in another tab, then drop the files again." : "The portal cannot be reached. Drop the files again once the connection is back."];
    }
    return answer.files.map((told, at) => take(told, files[at])).filter(Boolean);
  }

  // What becomes of one file; words when it is not brought.
  function take(told, file) {
    if (told.words) return told.words;
    if (told.here || (coming.has(told.asset) && !OVER.includes(coming.get(told.asset).state))) return `${file.name} is in this batch already.`;
    const options = {
      kind: "video", asset: told.asset, onprogress: paint, onchange: changed,
      ondone: (one) => { portal.say(`${one.name} is uploaded.`); look(); },
      ontrouble: (one) => { portal.say(`${one.name}: ${one.words()}`); look(); },
    };
    if (told.url && told.size === file.size) options.url = told.url;
    const one = portal.bring(file, options);
    one.asset = told.asset;
    coming.set(told.asset, one);
    return "";
  }

  function leftOut(words) {
    const notice = drop.querySelector("[data-left-out]");
    notice.hidden = !words.length;
    notice.querySelector("[data-left-out-words]").replaceChildren(...words.map((said) => Object.assign(document.createElement("li"), { textContent: said })));
  }

  // --- what the rows show of it --------------------------------------------------------------------------------------

  function changed(one) {
    paint(one);
    counts();
    if (one.state === "checking") look();
  }

  function paint(one) {
    const row = box().querySelector(`[data-asset="${one.asset}"]`);
    if (!row) return;
    const shown = !["done", "cancelled"].includes(one.state) && !(one.state === "refused" && row.querySelector(".batch-said"));
    row.querySelector("[data-progress]").hidden = !shown;
    row.querySelector("progress").value = one.size ? Math.round((one.sent / one.size) * 1000) : 0;
    row.querySelector("[data-figures]").textContent = one.words();
    row.querySelector("[data-pause]").hidden = !["queued", "starting", "sending", "waiting"].includes(one.state);
    row.querySelector("[data-resume]").hidden = !(one.state === "paused" || (one.state === "failed" && one.trouble?.again));
    const waits = row.querySelector("[data-needs-file]");
    if (waits) waits.hidden = shown;
  }

  function counts() {
    const all = [...coming.values()];
    const open = all.filter((one) => !OVER.includes(one.state));
    const paused = open.filter((one) => one.state === "paused").length;
    const sent = all.reduce((sum, one) => sum + one.sent, 0);
    const size = all.reduce((sum, one) => sum + one.size, 0);
    drop.querySelector("[data-uploads]").hidden = !open.length;
    drop.querySelector("[data-uploads-words]").textContent = `${all.length - open.length} of ${all.length} uploaded · ${portal.bringing.bytes(sent)} of ${portal.bringing.bytes(size)}`;
    drop.querySelector("[data-pause-all]").hidden = paused === open.length;
    drop.querySelector("[data-resume-all]").hidden = !paused;
  }
  window.setInterval(() => coming.size && counts(), 1000);

  const each = (act) => coming.forEach((one) => !OVER.includes(one.state) && act(one));
  drop.querySelector("[data-pause-all]").addEventListener("click", () => { each((one) => one.pause()); portal.say("All uploads are paused."); });
  drop.querySelector("[data-resume-all]").addEventListener("click", () => each((one) => one.state === "paused" && one.start()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pause], [data-resume]");
    const one = button && coming.get(Number(button.closest("[data-asset]").dataset.asset));
    if (!one) return;
    const pausing = "pause" in button.dataset;
    if (pausing) one.pause();
    else one.start();
    button.closest("td").querySelector(pausing ? "[data-resume]" : "[data-pause]").focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...coming.values()].some((one) => !OVER.includes(one.state) && one.state !== "checking")) event.preventDefault();
  });

  // --- what is pressed: nothing leaves this page, for that would cut the uploads -------------------------------------

  let sending = false;
  document.addEventListener("submit", (event) => {
    const token = event.target.elements.csrfmiddlewaretoken;
    if (token) token.value = portal.token();
    if (event.target.matches("[data-send]")) {
      sending = true;
      poll.drop();
      portal.hold(event.target, event.target.querySelector("#send"));
    } else if (event.target.closest("[data-asset]")) {
      event.preventDefault();
      askToRemove(event.target);
    }
  }, true);

  const sheet = document.getElementById("remove");
  let removing = null;
  function askToRemove(form) {
    removing = form;
    sheet.querySelector("[data-remove-name]").textContent = form.closest("[data-asset]").querySelector(".batch-link").textContent;
    sheet.showModal();
  }
  sheet.querySelector("[data-remove-now]").addEventListener("click", async () => {
    const form = removing;
    const row = form.closest("[data-asset]");
    const one = coming.get(Number(row.dataset.asset));
    sheet.close();
    coming.delete(Number(row.dataset.asset));
    try {
      if (one && !OVER.includes(one.state)) await one.cancel();
      const headers = { "X-CSRFToken": portal.token(), "HX-Request": "true" };
      const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers, redirect: "manual" });
      if (response.type === "opaqueredirect") leftOut(["You are signed out. Sign in in another tab, then delete the draft again."]);
      else if (response.status === 409) leftOut([await response.text()]);
      else if (!response.ok && response.status !== 404) leftOut(["The portal answered with an error. The draft was not deleted; try again."]);
      portal.say(response.ok ? "The draft is deleted." : "The draft was not deleted.");
    } catch {
      leftOut(["The portal cannot be reached. The draft was not deleted."]);
    }
    box().querySelector("#outcome").focus();
    look();
  });

  // --- following the server ------------------------------------------------------------------------------------------

  let said = box().dataset.say;
  const poll = portal.watch({ url: () => (sending ? "" : box().dataset.poll), expects: "batch-rows", etag: () => `"${box().dataset.etag}"`, shown, every: 2.5, longest: 20 });
  const look = () => poll.now(); // while rows are being sent there is nothing to look at: their answer brings them

  function shown() {
    coming.forEach(paint);
    if (box().dataset.say !== said) portal.say((said = box().dataset.say));
  }

  // Forms of this page: their answers are parts of it, unless somebody was signed out meanwhile.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const path = new URL(event.detail.xhr.responseURL, location.href).pathname;
    if (path.startsWith("/batches/")) return;
    event.detail.shouldSwap = false;
    window.location.reload();
  });
  document.body.addEventListener("htmx:afterSwap", () => coming.forEach(paint));
  document.body.addEventListener("htmx:afterRequest", (event) => answered(event.detail.requestConfig.elt, event.detail.successful));
  poll.start({ final: box().hasAttribute("data-final") });

  // What was pressed has its answer in the page. Without one, the rows know what became of it.
  function answered(elt, successful) {
    const wasSent = elt.matches("[data-send]");
    if (wasSent) {
      sending = false;
      portal.release(elt);
    }
    if (wasSent && successful) {
      box().querySelector("#outcome").focus();
      portal.say((said = box().dataset.say));
    } else if (successful) {
      const note = document.querySelector("[data-saved]");
      (note ? document.getElementById("share") : document.querySelector("#settings .field-error")?.closest(".field, fieldset")?.querySelector("input, select"))?.focus();
      portal.say(note ? "The settings hold for every row now." : "Something in the settings is wrong. They were not taken.");
    } else {
      leftOut(["The portal did not answer. What became of it stands in the rows; press again if they still say so."]);
    }
    poll.etag = ""; // so that the rows and the button come anew
    poll.now({ fresh: true });
  }

  // --- languages of all of them --------------------------------------------------------------------------------------

  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "");
  document.addEventListener("input", (event) => {
    if (event.target.id !== "batch-languages") return;
    const words = plain(event.target.value).split(/\s+/).filter(Boolean);
    document.querySelectorAll("#batch-languages-list .picker-item").forEach((item) => {
      item.hidden = !words.every((word) => plain(item.dataset.words).includes(word));
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "batch-languages") return;
    event.preventDefault();
    const shown = [...document.querySelectorAll("#batch-languages-list .picker-item:not([hidden]) input")];
    if (shown.length === 1) shown[0].click();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== "targets") return;
    const number = document.querySelectorAll("#batch-languages-list :checked").length;
    document.querySelector("[data-chosen-count]").textContent = number ? `(${number})` : "";
  });
  // What stands hidden until there is a script, in a part that came later.
  document.body.addEventListener("htmx:afterSwap", () => {
    document.querySelectorAll("#settings [data-needs-script]").forEach((element) => (element.hidden = false));
  });
})();
