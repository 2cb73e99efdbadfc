"""``python -m tests.tasks docs``: does forty everyday tasks on a running site and writes how long each took."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from config.library import LIBRARY
from tests.acceptance.processes import PLANTGATE, SITE, Bench, tell, wait_until

TASKS = Path(__file__).with_name("tasks.yaml")
SITES = {"plaza": LIBRARY / "examples" / "harbour-plaza", "generator": SITE.parent / "generator"}
PEOPLE = {
    "electrician": "电工 / electrician",
    "installer": "安装人员 / installer",
    "headquarters": "总部工程师 / headquarters engineer",
}
HEAD = """# 四十件日常事 / Forty everyday tasks

每行是一件事、所用命令和所需时间：从按下回车到命令结束，包括程序启动。网关、仿真设备、MQTT 服务器和总部接收端
同时在这台机器上运行。
Each line is a task, its command and what it takes from Enter to the end of the command, the program's start included.
Gateway, emulated devices, broker and headquarters' receiver run on the same machine.

`python -m tests.tasks docs` 依次执行并写出本页 / does them one after another and writes this page.

| 谁 / who | 做什么 | what | 命令 / command | 秒 / s |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Task:
    """What one person does every day: at which site, by what command, and which exit codes mean that it went well."""

    who: str
    zh: str
    en: str
    at: str
    do: str
    code: tuple[int, ...] = (0,)


def tasks() -> list[Task]:
    """All of them, in their order."""
    found: list[dict[str, Any]] = yaml.safe_load(TASKS.read_text(encoding="utf-8"))
    return [Task(**{**one, "code": tuple(one.get("code", [0]))}) for one in found]


@contextmanager
def running(directory: Path) -> Iterator[dict[str, Bench]]:
    """Each site at work; the tank of one is nearly empty."""
    benches = {name: Bench(directory / name, site) for name, site in SITES.items()}
    try:
        for bench in benches.values():
            people = SITES["plaza"] / "people.yaml"
            (bench.site / "people.yaml").write_bytes(people.read_bytes())
            bench.broker()
            emulator = bench.emulator()
            bench.receiver()
            bench.agent()
            if bench is benches["plaza"]:
                tell(emulator, "fault booster fill-valve-stuck-closed")
                tell(emulator, "set booster.level 20")
        wait_until("alarm", lambda: ("tank-1/W01", "active") in alarms(benches["plaza"]))
        wait_until("generator", lambda: benches["generator"].points("bad") == 0)
        seen = benches["generator"].ask("disarmed")["mark"]
        assert benches["generator"].ask("arm", by="王芳", reason="seen", seen=seen)
        yield benches
    finally:
        for bench in benches.values():
            bench.close()


def alarms(bench: Bench) -> set[tuple[str, str]]:
    """Each alarm and its state."""
    return {(one["alarm"], one["state"]) for one in bench.ask("alarms") or []}


def seconds(task: Task, bench: Bench) -> float:
    """How long it takes; raises AssertionError with what was said when it does not go well."""
    environment = {
        **os.environ,
        "PATH": f"{Path(PLANTGATE).parent}:{os.environ['PATH']}",
        "STATE_DIRECTORY": str(bench.state),
        "LINK": f"modbus-tcp://127.0.0.1:{bench.modbus_port}",
        "NOW": time.strftime("%Y-%m-%d %H:%M"),
    }
    began = time.perf_counter()
    done = subprocess.run(
        ["bash", "-c", task.do], cwd=bench.site, env=environment, capture_output=True, text=True, check=False, input=""
    )
    took = time.perf_counter() - began
    assert done.returncode in task.code, f"{task.do}: {done.returncode}\n{done.stdout}{done.stderr}"
    return took


def main(folder: Path) -> None:
    """Write ``tasks.md`` in ``folder``."""
    rows = []
    with tempfile.TemporaryDirectory() as directory, running(Path(directory)) as benches:
        for task in tasks():
            took = seconds(task, benches[task.at])
            print(f"{took:5.1f} s  {task.do}", flush=True)
            rows.append(f"| {PEOPLE[task.who]} | {task.zh} | {task.en} | `{task.do}` | {took:.1f} |")
    (folder / "tasks.md").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
