"""A real broker for whoever asks: mosquitto on a free port, stopped and started at will."""

import asyncio
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.journal import Journal
from headquarters.receiver import SqliteStore
from runtime.clock import Clock, ManualClock
from tests.unit.certificates import Pair

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class Mosquitto:
    """One broker process; the same port after a restart."""

    def __init__(self, directory: Path) -> None:
        """Write its configuration; nothing runs yet."""
        if MOSQUITTO is None:
            pytest.fail("mosquitto is missing: apt-get install mosquitto", pytrace=False)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._acl = directory / "acl"
        self._acl.write_text("topic readwrite #\n")
        self._config = directory / "mosquitto.conf"
        self._config.write_text(
            f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\nacl_file {self._acl}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, *lines: str) -> None:
        """Settings that count from the next start on."""
        with self._config.open("a") as config:
            config.writelines(f"{line}\n" for line in lines)

    def secure(self, ca: Path, server: Pair, *, ask: bool) -> None:
        """From the next start on speak TLS as ``server``; ``ask`` clients for a certificate of ``ca``."""
        self.configure(f"cafile {ca}", f"certfile {server.certificate}", f"keyfile {server.key}")
        self.configure(f"require_certificate {str(ask).lower()}")
        self.url = self.url.replace("mqtt:", "mqtts:")

    def deny(self, topic: str) -> None:
        """From the next start on nobody may write to ``topic``."""
        self._acl.write_text(f"topic readwrite #\ntopic deny {topic}\n")

    async def start(self) -> None:
        """Run and wait until it answers."""
        command = [MOSQUITTO or "", "-c", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
        async with asyncio.timeout(10):
            while not await self._answers():  # noqa: ASYNC110 - a process tells no event
                await asyncio.sleep(0.01)

    def stop(self) -> None:
        """Kill it: it keeps nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Stop its clockwork without closing anything: a WAN that swallows packets."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    try:
        await broker.start()
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def journal(tmp_path: Path, clock: Clock) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.db", "gw-1", clock)
    yield opened
    await opened.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "hq.db")
    yield opened
    await opened.close()
