"""A python-socketio server with clients of its own, and a write-only emitter, which do what they are told.

usage: python_server.py <redis or kombu> <broker's URL> <channel>; commands come as lines of JSON on the standard input,
what the clients hear goes as lines of JSON to the standard output. Text that begins with "base64:" stands for bytes.
"""
import base64
import json
import socketserver
import sys
import threading
import wsgiref.simple_server

import engineio.payload
import socketio

# Otherwise the client ends a connection by which it is sent more at once.
engineio.payload.Payload.max_decode_packets = 1000
kind, url, channel = sys.argv[1:]
manager = {"redis": socketio.RedisManager, "kombu": socketio.KombuManager}[kind]
said = threading.Lock()


def say(*values):
    with said:
        print(json.dumps(values, default=lambda data: "base64:" + base64.b64encode(data).decode()), flush=True)


def read(value):
    if isinstance(value, str) and value.startswith("base64:"):
        return base64.b64decode(value[7:])
    if isinstance(value, list):
        return [read(each) for each in value]
    if isinstance(value, dict):
        return {key: read(each) for key, each in value.items()}
    return value


server = socketio.Server(async_mode="threading", client_manager=manager(url, channel=channel))
emitter = manager(url, channel=channel, write_only=True)


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Threads(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


web = wsgiref.simple_server.make_server("127.0.0.1", 0, socketio.WSGIApp(server), Threads, Quiet)
threading.Thread(target=web.serve_forever, daemon=True).start()
clients = []
greeted = threading.Event()


def listen():
    """Waits until the server listens to its channel, which it does not tell: its client hears it."""
    greeted.clear()
    while not greeted.wait(0.05):
        emitter.emit("greeting", None, room=clients[-1].get_sid(), namespace="/")


def connect():
    client = socketio.Client(reconnection=False)
    number = len(clients)

    @client.on("greeting")
    def hello():
        greeted.set()

    @client.on("*")
    def heard(event, *arguments):
        say("heard", number, event, list(arguments))
        if event == "question":
            return "answer of", number

    @client.on("disconnect")
    def left(reason):
        say("left", number)

    client.connect(f"http://127.0.0.1:{web.server_port}", transports=["polling"], wait_timeout=20)
    clients.append(client)
    listen()
    say("joined", number, client.get_sid())


for line in sys.stdin:
    what, arguments = json.loads(line)
    options = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
    if what == "connect":
        connect()
    elif what == "listen":
        listen()
        say("listening")
    elif what in ("emit", "push"):
        event, data = arguments[0], tuple(read(arguments[1]))
        if options.pop("callback", False):
            options["callback"] = lambda *answer: say("answered", list(answer))
        if what == "push":
            options.setdefault("namespace", "/")
            emitter.emit(event, data, **options)
        else:
            server.emit(event, data, **options)
    elif what in ("enter_room", "leave_room"):
        getattr(server, what)(arguments[0], arguments[1])
    elif what in ("close_room", "disconnect"):
        getattr(server, what)(arguments[0])
    say("done", what)
