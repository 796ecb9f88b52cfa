// Sending a file to a bucket in parts: the portal says each time which parts are missing and where they go.
import { fetchRow, requestHeaders } from "./api.js";
import { makeLost, UploadProblem } from "./problems.js";

const SILENCE = 45_000; // milliseconds without a byte: the connection is dead, though nobody said so

// Resolves when every part is there. `tell`: called with the bytes that are there, again and again.
export async function sendParts({ url, file }, signal, tell) {
  while (!signal.aborted) {
    const { status, sent, parts } = await fetchRow(url, { path: "parts/", method: "POST", headers: requestHeaders() });
    if (status !== "receiving") return;
    let there = sent;
    tell(there);
    for (const { first, size, address } of parts) {
      await putPart(address, file.slice(first, first + size), signal, (loaded) => tell(there + loaded));
      there += size;
    }
  }
}

function putPart(address, content, signal, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let heardAt = performance.now();
    const watch = window.setInterval(() => performance.now() - heardAt > SILENCE && request.abort(), 5000);
    const stop = () => request.abort();
    const end = (call, value) => {
      window.clearInterval(watch);
      signal.removeEventListener("abort", stop);
      call(value);
    };
    request.upload.onprogress = ({ loaded }) => {
      heardAt = performance.now();
      tell(loaded);
    };
    request.onload = () => {
      if (request.status < 300) end(resolve);
      else end(reject, new UploadProblem({ why: request.status < 500 ? "lost" : "unwell" })); // a fresh address may do
    };
    request.onerror = () => end(reject, Object.assign(makeLost(navigator.onLine), { refused: true }));
    request.onabort = () => end(reject, new UploadProblem({ why: signal.aborted ? "stopped" : "lost" }));
    signal.addEventListener("abort", stop);
    request.open("PUT", address);
    request.send(content);
  });
}
