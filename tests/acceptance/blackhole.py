"""A way between two processes that can swallow everything, as a dead mobile link does: nobody hears of it."""

import socket
import threading
from contextlib import suppress


class BlackHole:
    """Passes on what comes to its port, until it is told to swallow it."""

    def __init__(self, upstream: int) -> None:
        """Listen on a free port in front of the local port ``upstream``."""
        self._upstream = upstream
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._swallowing = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        """From now on nothing arrives, and no connection is closed."""
        self._swallowing.set()

    def heal(self) -> None:
        """Pass on again; what was open is torn, since bytes are missing in it."""
        self._swallowing.clear()
        torn, self._open = self._open, []
        for one in torn:
            _shut(one)

    def close(self) -> None:
        """End it."""
        _shut(self._server)
        self.heal()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._server.accept()
                try:
                    there = socket.create_connection(("127.0.0.1", self._upstream), 5)
                except OSError:
                    here.close()
                    continue
                there.settimeout(None)
                self._open += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if not self._swallowing.is_set():
                    other.sendall(data)
        _shut(other)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
