"""A python-socketio client that plays the scenes of ForeignClientTests and prints what it saw, one JSON line each.

usage: client.py <port> <transports, comma separated>; the scene "reconnect" waits for a line on standard input.
"""
import json
import queue
import sys

import socketio

port, transports = sys.argv[1], sys.argv[2].split(",")
url = f"http://127.0.0.1:{port}"
client = socketio.Client(request_timeout=30, reconnection_delay=0.05, reconnection_delay_max=0.1, randomization_factor=0)
seen = queue.Queue()


def say(scene, value):
    print(json.dumps([scene, value], default=lambda data: list(data)), flush=True)


def wait():
    return seen.get(timeout=20)


@client.on("*", namespace="/")
def any_event(event, *arguments):
    seen.put([event, *arguments])


@client.on("question", namespace="/")
def question(value):
    return value * 2, b"\x01\x02"


@client.on("connect", namespace="/")
def connected():
    seen.put(["connected"])


client.connect(url, transports=transports, auth={"token": "1"}, namespaces=["/", "/admin"], wait_timeout=20)
assert wait() == ["connected"]
say("transport", client.transport())
say("auth", wait())
client.emit("echo", (1, "zwei ☃", {"three": [True, None, 0.5]}))
say("echo", wait())
client.emit("echo", ({"bytes": [b"\x00\xff", b""]}, b"xyz"))
say("binary", wait())
say("ack", client.call("ack", ("a", 1), timeout=20))
say("binary ack", client.call("ack", b"\x05\x06", timeout=20))
say("no argument", client.call("ack", timeout=20))
say("namespace", client.call("whoami", namespace="/admin", timeout=20))
client.emit("ask", 21)
say("asked", wait())
client.call("join", "room", timeout=20)
client.emit("cast", ("room", "hello"))
say("cast", wait())
client.call("leave", "room", timeout=20)
client.emit("cast", ("room", "not for us"))
client.emit("echo", "after")
say("after leaving", wait())
large = "é" * 100_000
client.emit("echo", large)
say("large", wait() == ["echo", large])
for number in range(200):
    client.emit("echo", number)
# This client handles each packet in a thread of its own, so only completeness can be seen here, not the order.
say("in order", sorted(wait()[1] for _ in range(200)) == list(range(200)))
say("ready for the restart", True)
sys.stdin.readline()
assert wait() == ["connected"]
say("auth again", wait())
client.emit("echo", "back")
say("back", wait())
client.disconnect()
say("bye", True)
