"""How help is laid out for terminals, in which a Chinese character takes two cells."""

import argparse

import pytest

from agent.cli.shell.help import formatter, wrapped
from config.catalogue import LANGUAGES, Catalogue, cells

CASES = [
    ("one two three", 7, ["one two", "three"]),
    ('default: "2026-11-27 08:00", 22:00', 20, ["default:", '"2026-11-27 08:00",', "22:00"]),
    ("请先停止网关。全部校验通过", 14, ["请先停止网关。", "全部校验通过"]),
    ("请先停止网关。全部校验通过", 12, ["请先停止网", "关。全部校验", "通过"]),
    ("见说明（默认：现在）", 8, ["见说明", "（默认：", "现在）"]),
    ("a-word-that-is-longer-than-a-line x", 8, ["a-word-that-is-longer-than-a-line", "x"]),
    ("  ", 8, []),
]


@pytest.mark.parametrize(("text", "width", "lines"), CASES)
def test_lines_end_where_a_reader_expects_it(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


def test_commands_to_be_copied_stay_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    command = "  plantgate backup gw-1.zip --site /etc/plantgate"
    parser = argparse.ArgumentParser(description=f"例如：\n{command}", formatter_class=formatter("："))
    shown = parser.format_help()
    assert command in shown.splitlines()
    assert "options：\n" in shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_only_commands_to_be_copied_are_longer_than_a_terminal(lang: str) -> None:
    texts = Catalogue.load(lang)
    for code in (code for code in texts.texts if code.startswith("cli.") and code.endswith((".help", ".more"))):
        for line in texts.text(code).split("\n"):
            assert line.startswith("  ") or all(cells(one) <= 78 for one in wrapped(line, 78)), (code, line)
