"""Real processes for acceptance tests: mosquitto, the emulated plant room, the agent and the receiver."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from agent.api.local.client import ask
from headquarters.receiver import audit
from runtime.errors import AgentError, StoreError

PLANTGATE = str(Path(sys.executable).with_name("plantgate"))
SITE = Path(__file__).parent / "site"
DEADLINE = 120.0
"""Seconds something may take that takes a few on an idle machine: how fast it is, is not what these tests show."""


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> list[int]:
    """As many different ones."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def wait_until(what: str, condition: Callable[[], bool], seconds: float = DEADLINE) -> None:
    """Poll ``condition``; these are other processes, so real time is all there is."""
    end = time.monotonic() + seconds  # noqa: TID251 - a test waits for other processes in real time
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain for: {what}"  # noqa: TID251
        time.sleep(0.05)  # noqa: TID251


class Bench:
    """A site directory of its own, its ports, and the processes around it."""

    def __init__(self, directory: Path, site: Path = SITE, speed: float = 1.0) -> None:
        """Copy ``site`` into ``directory``; emulator and agent run ``speed`` times as fast as the world."""
        self.directory = directory
        self.speed = str(speed)
        self.broker_port, self.modbus_port = free_port(), free_port()
        self.site = directory / "site"
        shutil.copytree(site, self.site)
        plant = self.site / "plant.yaml"
        text = plant.read_text(encoding="utf-8")
        text = text.replace(":1883", f":{self.broker_port}").replace(":5020", f":{self.modbus_port}")
        plant.write_text(text, encoding="utf-8")
        self._running: list[subprocess.Popen[str]] = []
        self._files = ExitStack()

    def start(self, *command: str, stdout: int | TextIO) -> subprocess.Popen[str]:
        """Start a process whose standard error is kept in a file."""
        name = Path(command[0]).name + "-" + (command[1] if len(command) > 1 else "")
        with (self.directory / f"{name}.log").open("a") as errors:  # the process keeps its own
            process = subprocess.Popen(command, text=True, stderr=errors, stdin=subprocess.PIPE, stdout=stdout)
        self._running.append(process)
        return process

    @property
    def last(self) -> subprocess.Popen[str]:
        """The process started last."""
        return self._running[-1]

    def broker(self) -> subprocess.Popen[str]:
        """Debian's mosquitto: persistent, keeping any number of messages for a client that is away."""
        config = self.directory / "mosquitto.conf"
        config.write_text(
            f"listener {self.broker_port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.directory}/\nmax_queued_messages 0\n"
            + ("user root\n" if os.getuid() == 0 else "")
        )
        mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        process = self.start(mosquitto, "-c", str(config), stdout=subprocess.DEVNULL)
        wait_until("broker", lambda: _listens(self.broker_port))
        return process

    def emulator(self) -> subprocess.Popen[str]:
        """The emulated plant room, steered by lines on its standard input."""
        command = (PLANTGATE, "emulate", str(self.site), "--speed", self.speed)
        output = self._files.enter_context((self.directory / "emulator.txt").open("w"))
        process = self.start(*command, stdout=output)
        wait_until("emulator", lambda: _listens(self.modbus_port))
        return process

    def through(self, port: int) -> None:
        """Let the agent reach its broker by another local port."""
        plant = self.site / "plant.yaml"
        text = plant.read_text(encoding="utf-8").replace(f":{self.broker_port}", f":{port}")
        plant.write_text(text, encoding="utf-8")

    def agent(self, *, ready: bool = True) -> subprocess.Popen[str]:
        """The daemon, ``ready`` when its socket answers."""
        command = (PLANTGATE, "run", str(self.site), "--state", str(self.state), "--speed", self.speed)
        process = self.start(*command, stdout=subprocess.DEVNULL)
        if ready:
            wait_until("agent", lambda: self.ask("status") is not None)
        return process

    def receiver(self) -> subprocess.Popen[str]:
        """Headquarters, writing one JSON object for each event."""
        broker = f"mqtt://127.0.0.1:{self.broker_port}"
        store = str(self.directory / "hq.db")
        command = (PLANTGATE, "listen", "--broker", broker, "--store", store, "--consumer", "hq", "--json")
        with (self.directory / "events.jsonl").open("a") as output:
            return self.start(*command, stdout=output)

    @property
    def state(self) -> Path:
        """Where the agent keeps its journal."""
        return self.directory / "state"

    def ask(self, verb: str, **arguments: Any) -> Any:
        """What the agent answers over its socket, as the command line asks it; None when it does not or refuses."""
        try:
            return asyncio.run(ask(self.state, verb, **arguments))
        except AgentError:
            return None

    @property
    def status(self) -> dict[str, Any]:
        """How the agent says it is; empty while it does not answer."""
        answer: dict[str, Any] = self.ask("status") or {}
        return answer

    def points(self, quality: str) -> int:
        """How many points are of ``quality``; -1 while nobody answers."""
        return int(self.status.get("points", {}).get(quality, -1))

    @property
    def settled(self) -> bool:
        """Whether headquarters has acknowledged everything."""
        return self.status.get("queue", {}).get("unsettled") == 0

    def events(self) -> list[dict[str, Any]]:
        """What the receiver has printed so far."""
        printed = self.directory / "events.jsonl"
        text = printed.read_text(encoding="utf-8") if printed.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def writes(self, emulator: subprocess.Popen[str]) -> list[dict[str, Any]]:
        """Every write the emulated devices have taken over, in order."""
        answers = self.directory / "emulator.txt"

        def told() -> list[dict[str, Any]]:
            lines = answers.read_text(encoding="utf-8").splitlines()
            return [
                answer for line in lines if line.startswith('{"ok": true, "writes"') for answer in [json.loads(line)]
            ]

        before = len(told())
        tell(emulator, "writes")
        wait_until("answer of the emulator", lambda: len(told()) > before)
        writes: list[dict[str, Any]] = told()[-1]["writes"]
        return writes

    @property
    def complete(self) -> bool:
        """Whether the audit of the receiver's store finds nothing wrong, asked without a process: waits ask often."""
        try:
            return audit(self.directory / "hq.db").good
        except StoreError:
            return False

    def audit(self) -> tuple[int, dict[str, Any]]:
        """Exit code and report of the audit of the receiver's store, by the command."""
        command = [PLANTGATE, "listen", "--audit", str(self.directory / "hq.db"), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
        return done.returncode, json.loads(done.stdout)

    def close(self) -> None:
        """End everything."""
        for process in reversed(self._running):
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()
        self._files.close()


def tell(process: subprocess.Popen[str], line: str) -> None:
    """Type a line into the emulator."""
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    """Signal a process and return its exit code."""
    process.send_signal(number)
    code = process.wait(DEADLINE)
    if process.stdin:
        process.stdin.close()  # a long run starts thousands
    return code


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
