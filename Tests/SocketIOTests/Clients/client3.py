"""A client of Engine.IO 3 (python-socketio 4) that plays scenes and prints what it saw, one JSON line each.

usage: client3.py <port> <transports, comma separated>
"""
import json
import queue
import sys

import socketio

port, transports = sys.argv[1], sys.argv[2].split(",")
client = socketio.Client(reconnection=False)
seen = queue.Queue()


def say(scene, value):
    print(json.dumps([scene, value], default=lambda data: list(data)), flush=True)


def wait():
    return seen.get(timeout=20)


@client.on("echo", namespace="/")
def echo(*arguments):
    seen.put(list(arguments))


@client.on("answered", namespace="/")
def answered(*arguments):
    seen.put(list(arguments))


@client.on("cast", namespace="/")
def cast(*arguments):
    seen.put(list(arguments))


@client.on("question", namespace="/")
def question(value):
    return value * 2, b"\x01\x02"


client.connect(f"http://127.0.0.1:{port}", transports=transports, namespaces=["/admin"])
say("transport", client.transport())
client.emit("echo", (1, "zwei ☃ 😀", {"three": [True, None, 0.5]}))
say("echo", wait())
client.emit("echo", ({"bytes": [b"\x00\xff", b"\x01"]}, b"xyz"))
say("binary", wait())
say("ack", client.call("ack", ("a", 1), timeout=20))
say("binary ack", client.call("ack", b"\x05\x06", timeout=20))
say("namespace", client.call("whoami", namespace="/admin", timeout=20))
client.emit("ask", 21)
say("asked", wait())
client.call("join", "room", timeout=20)
client.emit("cast", ("room", "hello"))
say("cast", wait())
large = "é" * 100_000
client.emit("echo", large)
say("large", wait() == [large])
for number in range(100):
    client.emit("echo", number)
say("complete", sorted(wait()[0] for _ in range(100)) == list(range(100)))
client.disconnect()
say("bye", True)
