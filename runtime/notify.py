"""Tells systemd how the service is: sd_notify(3), without a library."""

import os
import socket

import structlog

from runtime.clock import Clock

BEATS_EVERY = 1.0
"""Seconds between two watchdog messages at most: WatchdogSec is tens of seconds."""

log = structlog.get_logger()


class Notifier:
    """Sends state to the service manager; does nothing when none is listening."""

    def __init__(self, clock: Clock, address: str | None = None) -> None:
        """``address`` is $NOTIFY_SOCKET unless given; a leading ``@`` means the abstract namespace."""
        self._clock = clock
        self._address = os.environ.get("NOTIFY_SOCKET", "") if address is None else address
        self._beaten = float("-inf")

    def ready(self, status: str) -> None:
        """The service is up; ``status`` is shown by ``systemctl status``."""
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """Change the line ``systemctl status`` shows."""
        self._send(f"STATUS={status}")

    def stopping(self) -> None:
        """The service is on its way down."""
        self._send("STOPPING=1")

    def beat(self) -> None:
        """A round was completed: feed the watchdog."""
        now = self._clock.real_now().mono
        if self._address and now - self._beaten >= BEATS_EVERY:
            self._beaten = now
            self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(message.encode(), address)
            except OSError as error:
                # The manager is away or its queue is full: the service itself is well and goes on.
                log.warning("notify.failed", error=str(error))
