"""The serial channel: one exclusive, non-blocking port of the operating system. No library in between."""

import asyncio
import errno
import fcntl
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from drivers.contract import LinkDown
from drivers.modbus.conversation import Conversation
from drivers.modbus.rtu import Timing
from drivers.modbus.transaction import Transactions
from drivers.modbus.turns import TurnsConversation
from drivers.planner import Cost

BAUDS = {int(name[1:]): int(getattr(termios, name)) for name in dir(termios) if name[0] == "B" and name[1:].isdecimal()}
"""Baud -> the constant of the operating system."""
_PSEUDO_MAJORS = range(136, 144)
"""Device numbers of pseudo terminals (Linux, Documentation/admin-guide/devices.txt)."""
_READ_SIZE = 4096
_BUSY = frozenset({errno.EWOULDBLOCK, errno.EBUSY, errno.EACCES})


class Parity(StrEnum):
    """The ninth bit; even is the standard's default (Modbus over Serial Line V1.02, §2.5.1)."""

    EVEN = "E"
    ODD = "O"
    NONE = "N"


_PARITY_FLAGS = {Parity.EVEN: termios.PARENB, Parity.ODD: termios.PARENB | termios.PARODD, Parity.NONE: 0}


@dataclass(frozen=True, slots=True)
class SerialEndpoint:
    """A serial port and how characters go over it; the same path is opened again after an unplug."""

    path: str
    timing: Timing
    parity: Parity = Parity.EVEN
    stop_bits: int = 1

    @property
    def place(self) -> str:
        """As messages name it."""
        return self.path

    @property
    def cost(self) -> Cost:
        """Time on the line."""
        return self.timing.cost

    @property
    def serial(self) -> bool:
        """Yes."""
        return True

    async def connect(self, transactions: Transactions) -> Conversation:
        """Open the port; raises LinkDown when it is missing, forbidden or in use."""
        conversation = TurnsConversation(self.timing, transactions.strays)
        with _explained(self.path):
            conversation.attach(SerialChannel(self._opened(), conversation))
        return conversation

    def _opened(self) -> int:
        """An open descriptor nobody else has; raises OSError, termios.error."""
        descriptor = _taken(self.path)
        try:
            self._configure(descriptor)
            fcntl.ioctl(descriptor, termios.TIOCEXCL)
        except (OSError, termios.error):
            os.close(descriptor)
            raise
        return descriptor

    def _configure(self, descriptor: int) -> None:
        speed = BAUDS[self.timing.baud]
        stop = termios.CSTOPB if self.stop_bits > 1 else 0
        parity = 0 if _is_pseudo(descriptor) else _PARITY_FLAGS[self.parity]
        control = termios.CS8 | termios.CREAD | termios.CLOCAL | parity | stop
        check = termios.INPCK if parity else 0
        characters = termios.tcgetattr(descriptor)[6]
        termios.tcsetattr(descriptor, termios.TCSANOW, [check, 0, control, 0, speed, speed, characters])
        termios.tcflush(descriptor, termios.TCIOFLUSH)


def look(path: str) -> None:
    """See whether the port at ``path`` could be opened, and leave it as it is; raises LinkDown when it could not."""
    with _explained(path):
        descriptor = _taken(path)
        try:
            termios.tcgetattr(descriptor)
        finally:
            os.close(descriptor)


def _taken(path: str) -> int:
    """A descriptor that no other program of good manners has; raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Say what the system says of the port at ``path`` as LinkDown."""
    try:
        yield
    except OSError as error:
        code = "link.port-in-use" if error.errno in _BUSY else "link.cannot-open-port"
        raise LinkDown(code, port=path, error=error.strerror or str(error)) from error
    except termios.error as error:
        raise LinkDown("link.not-a-port", port=path) from error


def _is_pseudo(descriptor: int) -> bool:
    """Whether it is a pseudo terminal, which has no parity and refuses to pretend."""
    return os.major(os.fstat(descriptor).st_rdev) in _PSEUDO_MAJORS


class SerialChannel:
    """One open port, served by the event loop."""

    def __init__(self, descriptor: int, conversation: Conversation) -> None:
        self._descriptor = descriptor
        self._conversation = conversation
        self._loop = asyncio.get_running_loop()
        self._unsent = b""
        self._loop.add_reader(descriptor, self._readable)

    def send(self, data: bytes) -> None:
        """Write what the port takes now and the rest later; raises LinkDown when it still holds an earlier request.

        That is a port whose handshake lines never let it send.
        """
        if self._unsent:
            raise LinkDown("link.port-stuck")
        if self._descriptor < 0:
            raise LinkDown("link.unplugged")
        self._unsent = data
        self._loop.add_writer(self._descriptor, self._writable)
        self._writable()

    def abort(self) -> None:
        """Close the port."""
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _readable(self) -> None:
        try:
            data = os.read(self._descriptor, _READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._conversation.receive(data)
        else:
            # A readable port without a byte has hung up: the adapter was unplugged.
            self._gone()

    def _writable(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._descriptor, self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._gone()
            return
        if not self._unsent:
            self._loop.remove_writer(self._descriptor)

    def _gone(self) -> None:
        self.abort()
        self._conversation.lost(LinkDown("link.unplugged"))
