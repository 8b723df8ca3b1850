// Loses its connection without a goodbye and comes back; prints what it saw, one JSON line each.
// usage: recovery.mjs <port> <transports, comma separated> <path of socket.io.min.js> <path of the ws package>
import { load } from "./browser.mjs";

const [port, transports, bundle, wsPath] = process.argv.slice(2);
const io = load(bundle, wsPath);
const say = (scene, value) => console.log(JSON.stringify([scene, value]));
const seen = [];
let waiting;
const put = (value) => (waiting ? (waiting(value), (waiting = undefined)) : seen.push(value));
const wait = () => (seen.length ? Promise.resolve(seen.shift()) : new Promise((resolve) => (waiting = resolve)));

const client = io(`http://127.0.0.1:${port}`, { transports: transports.split(","), reconnectionDelay: 50 });
client.on("connect", () => put(["connected", client.recovered]));
client.onAny((...event) => put(event));

say("first", await wait());
const id = client.id;
await new Promise((resolve) => client.emit("join", "room", resolve));
// Without an event there would be no offset to come back with.
const heard = await wait();
say("heard", heard.slice(0, 2));
if (transports === "polling,websocket" && client.io.engine.transport.name === "polling") {
  await new Promise((resolve) => client.io.engine.once("upgrade", resolve));
}
client.io.engine.close();
const events = [];
do events.push(await wait()); while (events.length < 3);
say("again", events.map((event) => event.slice(0, 2)));
say("same identifier", client.id === id);
client.emit("late", () => {
  say("answered", true);
  process.exit(0);
});
