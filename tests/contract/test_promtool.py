"""``for`` against Prometheus: on series without gaps our delay and theirs must agree at every sample.

promtool comes with Debian's package prometheus; ``make test`` takes it out of there.
"""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rules.model import Source
from tests.unit.rules.bench import Bench, low_level

PROMTOOL = shutil.which("promtool", path=os.pathsep.join((os.environ["PATH"], str(Path(sys.executable).parent))))
"""Of the system, or what `make test` put beside Python."""
INTERVAL = 10
DELAYS = (0, 10, 30, 60)
SERIES, SAMPLES = 40, 60


def random_series(seed: int) -> list[int]:
    """Levels that stay on one side of 30 for a while, short and long."""
    source = random.Random(seed)  # noqa: S311 - the same series each time
    values: list[int] = []
    while len(values) < SAMPLES:
        level = source.choice([20, 29, 30, 31, 50])
        values += [level] * source.choice([1, 1, 2, 3, 6, 7, 12])
    return values[:SAMPLES]


def firing(values: list[int], delay: int) -> list[bool]:
    """Whether our alarm is active after each sample."""
    rule = low_level(when=Source("level <= 30 %"), clear=None, on_delay=float(delay), off_delay=0.0)
    bench, active = Bench(rule), []
    for index, value in enumerate(values):
        bench.at(index * INTERVAL, level=float(value))
        active.append(bench.alarm() == "active")
    return active


def expectations(values: list[int]) -> list[dict[str, object]]:
    return [
        {"eval_time": f"{index * INTERVAL}s", "alertname": f"A{delay}", "exp_alerts": [{"exp_labels": {}}] * active}
        for delay in DELAYS
        for index, active in enumerate(firing(values, delay))
    ]


def write_tests(folder: Path, groups: list[dict[str, object]]) -> Path:
    alerts = [{"alert": f"A{delay}", "expr": "level <= 30", "for": f"{delay}s"} for delay in DELAYS]
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": alerts}]}), encoding="utf-8")
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": f"{INTERVAL}s", "tests": groups}
    (folder / "tests.yml").write_text(json.dumps(tests), encoding="utf-8")
    return folder / "tests.yml"


def group(values: list[int]) -> dict[str, object]:
    series = [{"series": "level", "values": " ".join(map(str, values))}]
    return {"interval": f"{INTERVAL}s", "input_series": series, "alert_rule_test": expectations(values)}


def promtool(path: Path) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    return subprocess.run(
        [PROMTOOL, "test", "rules", str(path)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian package prometheus) is not installed")
def test_for_agrees_with_prometheus(tmp_path: Path) -> None:
    done = promtool(write_tests(tmp_path, [group(random_series(seed)) for seed in range(SERIES)]))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian package prometheus) is not installed")
def test_oracle_would_notice(tmp_path: Path) -> None:
    one = group(random_series(1))
    wrong = [{**entry, "exp_alerts": []} for entry in one["alert_rule_test"]]  # type: ignore[attr-defined]
    assert promtool(write_tests(tmp_path, [{**one, "alert_rule_test": wrong}])).returncode != 0


def test_series_reach_every_delay() -> None:
    """What the oracle compares must hold alarms that fire and alarms that are cancelled, even where it is not there."""
    for delay in DELAYS:
        states = [state for seed in range(SERIES) for state in firing(random_series(seed), delay)]
        assert 0 < sum(states) < len(states)
