"""``plantgate new``: what it says and what it refuses, a sentence each."""

from io import StringIO
from pathlib import Path

import pytest

from agent.cli import parse
from agent.cli.commands import check, new
from agent.cli.shell.console import Console
from config.catalogue import Catalogue
from config.editing.starting import Answers, start_site
from runtime.errors import UsageError
from tests.unit.agent.cli.looking import looked

FILES = ["classes/heat-pump.yaml", "rules/heat-pump.yaml", "rules/heat-pump.test.yaml"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    start_site(tmp_path, Answers("s", "s", "s"))
    return tmp_path


@pytest.mark.parametrize(("lang", "told"), [("en", "remarks in the files"), ("zh", "文件中的注释")])
def test_it_says_what_it_wrote_and_what_comes_next(site: Path, lang: str, told: str) -> None:
    texts, out = Catalogue.load(lang), StringIO()
    assert new.run(parse(["new", "class", "heat-pump", str(site)], texts), Console(texts, out=out)) == 0
    assert [file for file in FILES if file not in out.getvalue()] == []
    assert told in out.getvalue()


async def test_as_an_object_and_check_is_content(site: Path) -> None:
    assert await looked(new, "class", "heat-pump", str(site)) == (
        0,
        [{"ok": True, "class": "heat-pump", "files": FILES}],
    )
    code, (told,) = await looked(check, str(site))
    assert (code, told["ok"], [one["code"] for one in told["warnings"]]) == (
        0,
        True,
        ["people.none", "doubt.rule-idle"],
    )


@pytest.mark.parametrize(
    "words",
    ["rule M01 SITE --for lift", "rule M01 --for lift SITE", "rule --for lift M01 SITE", "--for=lift rule M01 SITE"],
)
def test_options_may_stand_between(site: Path, words: str) -> None:
    options = parse(["new", *words.replace("SITE", str(site)).split()], Catalogue.load("zh"))
    assert (options.kind, options.name, options.cls, options.site) == ("rule", "M01", "lift", site)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["klass", "heat-pump"], "usage.wrong"),
        (["class"], "usage.wrong"),
        (["class", "heat-pump", "--for", "lift"], "new.for-class"),
        (["class", "heat-pump"], "file.unwritable"),
    ],
)
def test_what_is_refused(site: Path, arguments: list[str], code: str) -> None:
    (site / "classes").write_text("", encoding="utf-8")
    texts = Catalogue.load("en")
    with pytest.raises(UsageError) as caught:
        new.run(parse(["new", *arguments, *([str(site)] if len(arguments) > 1 else [])], texts), Console(texts))
    assert caught.value.code == code
    assert "\n" not in texts.error(caught.value) or code == "usage.wrong"
