"""``make bench``: what the agent costs, measured and printed. Nothing is asserted.

Each group runs in a process of its own and within a time; one that fails says so, and the next one begins.
``make bench ONLY="storage wear"`` runs these.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from tests.bench.rows import print_rows

GROUPS = ("rules", "planning", "growth", "acquisition", "buses", "delivery", "storage", "wear", "gateway")
"""Modules beside this one, each of which prints its rows."""
LONGEST = 1800.0
"""Seconds a group may take: growth needed more than half of it on two cores at a load of 14."""
FAREWELL = 20.0
"""Seconds a group that took too long has to end what it started."""


def main(chosen: Sequence[str]) -> int:
    """Run the ``chosen`` groups, or all; 1 when one of them did not end well."""
    if unknown := [name for name in chosen if name not in GROUPS]:
        sys.exit(f"{' '.join(unknown)}: no group; there are {' '.join(GROUPS)}")
    failed = 0
    for name in chosen or GROUPS:
        if problem := run([sys.executable, "-m", f"tests.bench.{name}"], LONGEST):
            print_rows([(f"{name}: NOT MEASURED TO THE END", problem, "")])
            failed = 1
    return failed


def run(command: Sequence[str], within: float) -> str:
    """Run a group for at most ``within`` seconds; what went wrong, empty when nothing did."""
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            code = process.wait(within)
        except subprocess.TimeoutExpired:
            return f"after {within:g} s"
        else:
            return f"exit {code}" if code else ""
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a group with all that it started, which is in its process group."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(FAREWELL)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
