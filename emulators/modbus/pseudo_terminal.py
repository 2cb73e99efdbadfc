"""A serial line without hardware: RTU on a pseudo terminal, as slow as its baud."""

import asyncio
import os
import termios
import tty
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.modbus.rtu import Timing
from drivers.modbus.serialport import BAUDS
from emulators.modbus.framing import RtuRequests
from emulators.modbus.session import Served, Session
from emulators.modbus.unit import ModbusUnit, SharedUnit

_READ_SIZE = 4096
_SPEED = 5
"""Where ``termios.tcgetattr`` tells the speed of what is written."""
_PIECE = 16
"""Characters that arrive together, as from the buffer of a UART."""


class ModbusPty:
    """Many units on one line; an async context manager.

    ``path``, when given, is a symbolic link to the terminal, as udev makes them; it outlives an unplug.
    """

    def __init__(
        self, units: Mapping[int, ModbusUnit | SharedUnit], path: str = "", timing: Timing | None = None
    ) -> None:
        """Serve ``units`` by number; without ``timing`` everything is sent at once."""
        self.served = Served(units)
        self.path = path
        """Where clients open the line."""
        self._link = Path(path) if path else None
        self._timing = timing
        self._line: _Line | None = None

    @property
    def url(self) -> str:
        """The link URL of this line."""
        baud = f"?baud={self._timing.baud}" if self._timing else ""
        return f"modbus-rtu://{self.path}{baud}"

    async def __aenter__(self) -> Self:
        self._plug_in()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unplug()
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def drop(self) -> None:
        """Pull the adapter."""
        self._unplug()

    def disturb(self, noise: bytes) -> None:
        """Put ``noise`` on the line, as interference does, whatever is being said."""
        if self._line is not None:
            self._line.put(noise)

    def restore(self) -> None:
        """Put it back: another terminal, behind the same link when there is one."""
        self._plug_in()

    def _plug_in(self) -> None:
        self._line = _Line(self.served, self._timing)
        if self._link is None:
            self.path = self._line.name
        else:
            if self._link.is_symlink():
                self._link.unlink()
            self._link.symlink_to(self._line.name)

    def _unplug(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class _Line:
    """One pseudo terminal and the traffic on it."""

    def __init__(self, served: Served, timing: Timing | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._character = timing.character if timing else 0.0
        self._gap = timing.gap if timing else 0.0
        self._baud = timing.baud if timing else 0
        self._busy_until = 0.0
        self._timers: set[asyncio.TimerHandle] = set()
        self._master, self._slave = os.openpty()
        # Our own hold on the other end keeps the terminal alive between two clients.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._slave)
        self._session = Session(served, RtuRequests(), self._write, lambda: None)
        self._loop.add_reader(self._master, self._readable)

    def close(self) -> None:
        """Hang up."""
        self._session.close()
        for timer in self._timers:
            timer.cancel()
        self._loop.remove_reader(self._master)
        os.close(self._slave)
        os.close(self._master)

    def put(self, data: bytes) -> None:
        """Let the other end read ``data``."""
        try:
            os.write(self._master, data)
        except BlockingIOError:
            # Nobody reads: a real line loses what is not listened to.
            return

    def _readable(self) -> None:
        data = os.read(self._master, _READ_SIZE)
        if self._baud and termios.tcgetattr(self._slave)[_SPEED] != BAUDS[self._baud]:
            # Another baud is noise to whoever listens, and nobody answers noise. A pseudo terminal has no parity.
            return
        self._occupy(len(data))
        self._session.receive(data)

    def _occupy(self, characters: int) -> float:
        """Let ``characters`` more pass over the line; returns when they are through."""
        begin = max(self._loop.time(), self._busy_until)
        self._busy_until = begin + characters * self._character
        return self._busy_until

    def _write(self, data: bytes) -> None:
        if not self._character:
            self.put(data)
            return
        self._busy_until = max(self._loop.time(), self._busy_until) + self._gap
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self._timers.add(self._loop.call_at(self._occupy(len(piece)), self.put, piece))
