// Bringing a file: announced, sent in one request with true progress, and asked after when the connection was lost.
(function () {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const WAITS = [1, 2, 4, 8, 15, 15, 30]; // seconds between tries on a lost connection
  const SIGNED_OUT = "You are signed out. Sign in in another tab, then press “Try again” here.";

  // Signing in again in another tab changes the token; the cookie always has the one that counts.
  portal.token = function () {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return cookie ? cookie[1] : document.querySelector("[name=csrfmiddlewaretoken]").value;
  };
  const headers = () => ({ "X-CSRFToken": portal.token(), "X-Requested-With": "XMLHttpRequest" });

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

  class Box {
    constructor(element) {
      this.element = element;
      this.data = element.dataset;
      this.input = element.querySelector("[data-file]");
      this.zone = element.querySelector(".dropzone");
      this.bar = element.querySelector("progress");
      const take = () => this.input.files[0] && this.begin(this.input.files[0]);
      this.input.addEventListener("change", take);
      // Somebody may have chosen a file before this script was there.
      setTimeout(take);
      element.querySelector("[data-cancel]").addEventListener("click", () => this.cancel());
      element.querySelector("[data-again]").addEventListener("click", () => this.begin(this.file));
      element.addEventListener("click", (event) => {
        const button = event.target.closest("[data-remove]");
        if (button) this.remove(button);
      });
      this.takeDrops();
    }

    part(name) { return this.element.querySelector(`[data-${name}]`); }
    field() { return this.element.querySelector(`input[name="${this.data.field}"]`); }

    takeDrops() {
      const over = (on) => (event) => {
        event.preventDefault();
        this.zone.classList.toggle("is-over", on);
      };
      this.zone.addEventListener("dragover", over(true));
      this.zone.addEventListener("dragleave", over(false));
      this.zone.addEventListener("drop", (event) => {
        over(false)(event);
        const files = event.dataTransfer.files;
        if (files.length > 1) this.trouble("Drop one file at a time.");
        else if (files[0]) this.begin(files[0]);
      });
    }

    async begin(file) {
      this.input.value = "";
      this.file = file;
      this.trouble("");
      if (!file.size) return this.trouble("This file is empty. Choose another one.");
      if (file.size > Number(this.data.max)) return this.trouble(`This file is larger than the portal takes (${bytes(Number(this.data.max))}). Bring a smaller one, or use a link.`);
      const run = (this.run = (this.run || 0) + 1);
      this.busy(true);
      this.tries = 0;
      this.show(0, "Getting ready…");
      const answer = await this.announce(file);
      if (!answer) return;
      if (run !== this.run) return this.forget(answer.url); // cancelled before it began
      this.url = answer.url;
      this.before = this.field().value;
      this.field().value = answer.id;
      this.fillName(file);
      this.send();
    }

    async announce(file) {
      const asked = { kind: this.data.upload, name: file.name, size: file.size, asset: Number(this.data.asset) };
      try {
        const response = await fetch(this.data.start, {
          method: "POST", body: JSON.stringify(asked), headers: { ...headers(), "Content-Type": "application/json" },
        });
        const answer = await response.json();
        if (response.ok) return answer;
        this.fail(answer.message);
      } catch (error) {
        this.fail(error instanceof SyntaxError ? SIGNED_OUT : "The portal cannot be reached. Check the connection, then try again.", true);
      }
      return null;
    }

    fillName(file) {
      const name = document.getElementById("id_name");
      if (this.data.field !== "source" || !name || (name.value.trim() && name.value !== this.filledIn)) return;
      name.value = this.filledIn = file.name.replace(/\.[^.]+$/, "");
    }

    send() {
      const request = (this.request = new XMLHttpRequest());
      this.samples = [];
      request.upload.onprogress = (event) => this.progress(event.loaded);
      request.upload.onload = () => this.show(this.file.size, "Everything is here. The file is being checked…");
      request.onload = () => this.answered(request.status, request.responseText);
      request.onerror = request.ontimeout = () => this.lost();
      request.open("PUT", this.url);
      for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.send(this.file);
    }

    progress(loaded) {
      const now = performance.now();
      this.samples.push([now, loaded]);
      this.samples = this.samples.filter(([at]) => now - at < 6000);
      const [since, before] = this.samples[0];
      const speed = ((loaded - before) / (now - since)) * 1000;
      const left = speed > 0 && now - since > 500 ? ` · ${bytes(speed)}/s · about ${time((this.file.size - loaded) / speed)} left` : "";
      this.show(loaded, `${bytes(loaded)} of ${bytes(this.file.size)}${left}`);
    }

    answered(status, text) {
      let answer = {};
      try { answer = JSON.parse(text); } catch { /* a page and no answer: a proxy, or signed out */ }
      if (status === 200 && answer.status === "complete") return this.done(`${this.file.name} is uploaded.`);
      if (status === 422) return this.done(`${this.file.name} cannot be used. ${answer.message}`);
      if (status >= 500 && status !== 507) return this.lost();
      if (status === 200 && !answer.status) return this.fail(SIGNED_OUT, true);
      this.fail(answer.message || "The portal did not take this file. Try again; if it happens twice, tell the people who run the portal.", true);
    }

    // The answer got lost: the row knows whether the file arrived.
    lost() {
      if (this.cancelled) return;
      const wait = WAITS[this.tries++];
      if (wait === undefined) return this.fail("The connection was lost and does not come back. Everything you typed is still here.", true);
      this.show(0, `The connection was lost. Trying again in ${wait} s…`);
      this.timer = window.setTimeout(() => this.ask(), wait * 1000);
    }

    async ask() {
      try {
        const response = await fetch(this.url, { headers: headers() });
        const answer = await response.json();
        if (response.ok && answer.status === "receiving") return this.send();
        this.answered(response.status, JSON.stringify(answer));
      } catch (error) {
        if (error instanceof SyntaxError) this.fail(SIGNED_OUT, true);
        else this.lost();
      }
    }

    cancel() {
      this.cancelled = true;
      this.run += 1;
      window.clearTimeout(this.timer);
      if (this.request) this.request.abort();
      const url = this.url;
      if (url) this.field().value = this.before; // the file that was there is still the one
      this.busy(false);
      portal.say("Upload cancelled.");
      if (url) this.forget(url);
    }

    async forget(url) {
      await fetch(url, { method: "DELETE", headers: headers() }).catch(() => {});
      portal.keep();
    }

    async remove(button) {
      this.field().value = "";
      await this.forget(button.dataset.url);
      this.input.focus();
    }

    done(words) {
      portal.say(words);
      portal.keep({ then: () => this.busy(false) });
    }

    fail(words, again = false) {
      this.busy(false);
      this.trouble(words, again);
      portal.keep();
    }

    busy(on) {
      this.element.classList.toggle("is-busy", on);
      this.part("progress").hidden = !on;
      if (on) {
        this.cancelled = false;
        this.part("name").textContent = this.file.name;
      } else {
        this.url = this.request = null;
      }
      portal.uploading = document.querySelector(".upload.is-busy") !== null;
    }

    show(loaded, words) {
      this.bar.value = this.file.size ? Math.round((loaded / this.file.size) * 1000) : 0;
      this.part("figures").textContent = words;
    }

    trouble(words, again = false) {
      this.part("trouble").hidden = !words;
      this.part("trouble-words").textContent = words;
      this.part("again").hidden = !again;
    }
  }

  document.querySelectorAll("[data-upload]").forEach((element) => new Box(element));
  // A file dropped beside the box would take the place of the page.
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
  window.addEventListener("beforeunload", (event) => {
    if (portal.uploading) event.preventDefault();
  });
})();
