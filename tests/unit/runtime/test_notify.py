import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from runtime.clock import ManualClock
from runtime.notify import Notifier


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """What systemd listens on, and the address it announces."""
    name = "plantgate-test-" + tmp_path.name
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path if request.param == "file" else "\0" + name)
        listener.settimeout(1)
        yield listener, path if request.param == "file" else "@" + name


def test_the_manager_hears_ready_status_and_stopping(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    notifier = Notifier(ManualClock(), address)
    notifier.ready("3 links")
    notifier.status("2 alarms")
    notifier.stopping()
    heard = [listener.recv(1000).decode() for _ in range(3)]
    assert heard == ["READY=1\nSTATUS=3 links", "STATUS=2 alarms", "STOPPING=1"]


async def test_the_watchdog_is_fed_once_a_second_at_most(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    clock = ManualClock()
    notifier = Notifier(clock, address)
    for _ in range(30):
        notifier.beat()
        await clock.advance(0.125)
    listener.setblocking(False)
    heard = []
    while len(heard) < 4:
        heard.append(listener.recv(1000))
    with pytest.raises(BlockingIOError):
        listener.recv(1000)


def test_without_a_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setattr("runtime.notify.socket.socket", lambda *_: pytest.fail("a socket was opened"))
    notifier = Notifier(ManualClock())
    notifier.ready("x")
    notifier.beat()


def test_a_manager_that_went_away_is_not_a_failure(tmp_path: Path) -> None:
    with capture_logs() as logs:
        Notifier(ManualClock(), str(tmp_path / "gone")).ready("x")
    assert [entry["event"] for entry in logs] == ["notify.failed"]
