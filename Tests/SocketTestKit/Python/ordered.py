"""A python-socketio client for tests that look at what comes after what; `RealProgram` puts it on Python's path."""
import engineio
import socketio


class _Connection(engineio.Client):
    def start_background_task(self, target, *arguments, **options):
        if target == self.handlers.get("message"):
            return target(*arguments)
        return super().start_background_task(target, *arguments, **options)


class Client(socketio.Client):
    """Handles packets in their order; python-engineio gives each a thread of its own, and one overtakes another.

    Handlers and callbacks hold up what comes after them, so they may not wait for anything that has to come.
    """

    def _engineio_client_class(self):
        return _Connection
