// As much of a browser as the official client's bundle needs, and the bundle itself: load(bundle, path of the ws package).
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import vm from "node:vm";

export function load(bundle, wsPath) {
  const require = createRequire(import.meta.url);
  const { WebSocket } = require(wsPath);
  globalThis.WebSocket = WebSocket;
  // As much of the browser's FileReader as bytes over long polling need.
  globalThis.FileReader = class {
    async readAsDataURL(blob) {
      this.result = "data:;base64," + Buffer.from(await blob.arrayBuffer()).toString("base64");
      this.onload?.();
    }
  };
  // As much of the browser's XMLHttpRequest as long polling needs.
  globalThis.XMLHttpRequest = class {
    withCredentials = false;
    #headers = {};
    #abort = new AbortController();
    open(method, url) { Object.assign(this, { method, url }); }
    setRequestHeader(name, value) { this.#headers[name] = value; }
    getResponseHeader() { return null; }
    abort() { this.#abort.abort(); }
    async send(body) {
      try {
        const options = { method: this.method, headers: this.#headers, body: body ?? undefined, signal: this.#abort.signal };
        const answer = await fetch(this.url, options);
        this.responseText = await answer.text();
        this.status = answer.status;
      } catch {
        this.status = 0;
      }
      this.readyState = 4;
      this.onreadystatechange?.();
    }
  };
  globalThis.self = globalThis;
  vm.runInThisContext(readFileSync(bundle, "utf8"));
  return globalThis.io;
}
