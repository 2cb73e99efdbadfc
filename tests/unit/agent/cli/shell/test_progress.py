"""How much of long work is done: a line written over at a terminal, four in a log."""

from io import StringIO

import pytest

from agent.cli.shell.console import Console
from agent.cli.shell.progress import Share
from config.catalogue import Catalogue


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "shown"),
    [(Terminal(), [*range(1, 101)]), (StringIO(), [25, 50, 75, 100])],
    ids=["terminal", "log"],
)
def test_each_share_is_told_once(stream: StringIO, shown: list[int]) -> None:
    share = Share(Console(Catalogue.load("en")), "backup.copying", 1000, stream)
    for _ in range(1000):
        share.add(1)
    share.add(5)  # more than was announced is no more than all of it
    told = [
        int(line.split(" %")[0].replace("\x1b[K", ""))
        for line in stream.getvalue().replace("\r", "\n").split("\n")
        if line
    ]
    assert told == shown
