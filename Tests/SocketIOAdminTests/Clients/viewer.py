"""A python-socketio client that plays the Admin UI's page: logs in, prints what it is shown, sends the commands it is told.

usage: viewer.py <port> <auth as JSON>; commands come as lines of JSON, a list of the event's name and arguments.
"""
import json
import sys
import threading

import ordered
import socketio

port, auth = sys.argv[1], json.loads(sys.argv[2])
client = ordered.Client(reconnection=False)
said = threading.Lock()


def say(*values):
    with said:
        print(json.dumps(values), flush=True)


@client.on("*", namespace="/admin")
def shown(event, *arguments):
    say(event, *arguments)


@client.on("connect_error", namespace="/admin")
def refused(error):
    say("refused", error)


try:
    client.connect(f"http://127.0.0.1:{port}", namespaces=["/admin"], auth=auth, wait_timeout=20, transports=["websocket"])
except socketio.exceptions.ConnectionError:
    sys.exit()
for line in sys.stdin:
    name, *arguments = json.loads(line)
    client.emit(name, tuple(arguments), namespace="/admin")
client.disconnect()
