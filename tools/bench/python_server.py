"""The reference of `turnstone-bench sockets`: python-socketio under uvicorn and uvloop, with the same events.

usage: python_server.py <port>
"""
import sys

import socketio
import uvicorn

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


@server.on("ack")
async def ack(sid, *arguments):
    return arguments


@server.on("join")
async def join(sid, room):
    await server.enter_room(sid, room)
    return "ok"


@server.on("broadcast")
async def broadcast(sid, room, count, payload):
    for _ in range(count):
        await server.emit("msg", payload, room=room or None)
    return "ok"


uvicorn.run(
    socketio.ASGIApp(server), host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", log_level="warning", backlog=4096
)
