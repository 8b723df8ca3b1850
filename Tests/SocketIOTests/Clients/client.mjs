// Plays the scenes of ForeignClientTests with the official browser client and prints what it saw, one JSON line each.
// usage: client.mjs <port> <transports, comma separated> <path of socket.io.min.js> <path of the ws package>
import { createInterface } from "node:readline";
import { load } from "./browser.mjs";

const [port, transports, bundle, wsPath] = process.argv.slice(2);
const io = load(bundle, wsPath);

const say = (scene, value) => console.log(JSON.stringify([scene, value], (_, v) =>
  v instanceof ArrayBuffer || ArrayBuffer.isView(v) ? [...new Uint8Array(v.buffer ?? v)]
  : v?.type === "Buffer" ? v.data : v));
const seen = [];
let waiting;
const put = (value) => (waiting ? (waiting(value), (waiting = undefined)) : seen.push(value));
const wait = () => (seen.length ? Promise.resolve(seen.shift()) : new Promise((resolve) => (waiting = resolve)));

const options = { transports: transports.split(","), auth: { token: "1" }, reconnectionDelay: 50, forceNew: false };
const client = io(`http://127.0.0.1:${port}`, options);
const admin = io(`http://127.0.0.1:${port}/admin`, options);
const bytes = (...values) => new Uint8Array(values).buffer;
client.onAny((...event) => { if (event[0] !== "question") put(event); });
client.on("question", (value, answer) => answer(value * 2, bytes(1, 2)));
client.on("connect", () => put(["connected"]));

const connected = await wait();
if (connected[0] !== "connected") throw new Error(JSON.stringify(connected));
const auth = await wait();
if (transports === "polling,websocket" && client.io.engine.transport.name === "polling") {
  await new Promise((resolve) => client.io.engine.once("upgrade", resolve));
}
say("transport", client.io.engine.transport.name);
say("auth", auth);
client.emit("echo", 1, "zwei ☃", { three: [true, null, 0.5] });
say("echo", await wait());
client.emit("echo", { bytes: [bytes(0, 255), bytes()] }, bytes(120, 121, 122));
say("binary", await wait());
const call = (socket, ...event) =>
  new Promise((resolve) => socket.emit(...event, (...answer) => resolve(answer.length < 2 ? answer[0] ?? null : answer)));
say("ack", await call(client, "ack", "a", 1));
say("binary ack", await call(client, "ack", bytes(5, 6)));
say("no argument", await call(client, "ack"));
say("namespace", await call(admin, "whoami"));
client.emit("ask", 21);
say("asked", await wait());
await call(client, "join", "room");
client.emit("cast", "room", "hello");
say("cast", await wait());
await call(client, "leave", "room");
client.emit("cast", "room", "not for us");
client.emit("echo", "after");
say("after leaving", await wait());
const large = "é".repeat(100_000);
client.emit("echo", large);
const back = await wait();
say("large", back[0] === "echo" && back[1] === large);
for (let number = 0; number < 200; number += 1) client.emit("echo", number);
let inOrder = true;
for (let number = 0; number < 200; number += 1) inOrder = (await wait())[1] === number && inOrder;
say("in order", inOrder);
say("ready for the restart", true);
await new Promise((resolve) => createInterface({ input: process.stdin }).once("line", resolve));
if ((await wait())[0] !== "connected") throw new Error("not connected again");
say("auth again", await wait());
client.emit("echo", "back");
say("back", await wait());
client.disconnect();
say("bye", true);
setTimeout(() => process.exit(0), 100);
