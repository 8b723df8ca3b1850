"""A foreign Socket.IO client, driven by lines of JSON on standard input; everything it hears goes out as lines of JSON.

Usage: socket_client.py URL TRANSPORT   (TRANSPORT: polling, websocket, or upgrade for polling first)
In:    {"subscribe": {...}} | {"call": [event, argument]} | {"quit": true}
Out:   {"connected": transport} | {"disconnected": reason} | {"event": name, "data": ...} | {"ack": ...}
"""
import json
import sys
import threading

import ordered

url, transport = sys.argv[1:3]
transports = ["polling", "websocket"] if transport == "upgrade" else [transport]
lock = threading.Lock()


def say(**what):
    with lock:
        print(json.dumps(what), flush=True)


client = ordered.Client(reconnection_delay=0.05, reconnection_delay_max=0.2, randomization_factor=0)


@client.event
def connect():
    say(connected=client.transport())


@client.event
def disconnect(reason):
    say(disconnected=str(reason))


@client.on("*")
def anything(event, *arguments):
    say(event=event, data=arguments[0] if arguments else None)


def acknowledged(*arguments):
    say(ack=arguments[0] if arguments else None)


client.connect(url, transports=transports, wait_timeout=10)
for line in sys.stdin:
    command = json.loads(line)
    # Told by who reads, not waited for here: an event that comes right after it must not be told before it.
    if "subscribe" in command:
        client.emit("subscribe", command["subscribe"], callback=acknowledged)
    elif "call" in command:
        client.emit(*command["call"], callback=acknowledged)
    elif "quit" in command:
        break
client.disconnect()
