"""``plantgate demo`` on a gateway, where what only the demonstration needs is not installed."""

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT_BROKER = "import sys; sys.modules['amqtt'] = None; from agent.cli import main; sys.exit(main())"


@pytest.mark.parametrize(("lang", "said"), [("en", "make demo"), ("zh", "网关上不安装")])
def test_it_says_what_is_missing(lang: str, said: str) -> None:
    command = [sys.executable, "-c", WITHOUT_BROKER, "demo", "--lang", lang]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, cwd=Path(__file__).parents[5]
    )
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
