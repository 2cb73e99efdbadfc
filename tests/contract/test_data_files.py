"""Every data file we ship loads, and every sentence exists in both languages."""

import ast
import re
import string
from pathlib import Path

import pytest

from config.catalogue import LANGUAGES, Catalogue
from config.library import LIBRARY
from config.rule_tests import RuleTestSource, Surroundings, load_rule_tests, load_suite, rule_test
from rules.engine.bound import MACHINE, PARTS
from rules.testing import check_test, run_test
from tests.shipped import library
from tests.trees import tree

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "config", "drivers", "emulators", "headquarters", "rules", "runtime")
TEXTS = {lang: Catalogue.load(lang).texts for lang in LANGUAGES}
CODE = re.compile(r"[a-z]+(?:\.[a-z0-9-]*[a-z0-9])+")
EXAMPLES = sorted(path.parent for path in (LIBRARY / "examples").glob("*/plant.yaml"))


def arguments(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def trees() -> list[ast.Module]:
    return [tree(path) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def error_names(modules: list[ast.Module]) -> set[str]:
    classes = [node for tree in modules for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names = {"PlantgateError"}
    while found := {c.name for c in classes if names & {ast.unparse(base) for base in c.bases}} - names:
        names |= found
    return names


def codes_used() -> set[str]:
    modules = trees()
    makers = error_names(modules) | {"Finding", "refuse", "report", "_report", "text"}
    calls = [node for tree in modules for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = [call for call in calls if ast.unparse(call.func).rpartition(".")[2] in makers]
    literals = [node for call in named for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant)]
    return {node.value for node in literals if isinstance(node.value, str) and CODE.fullmatch(node.value)}


def test_library_loads_every_file() -> None:
    shipped = library()
    assert set(shipped.classes) == {path.stem for path in (LIBRARY / "classes").glob("*.yaml")}
    assert sorted(shipped.templates) == sorted(path.stem for path in (LIBRARY / "templates").rglob("*.yaml"))
    assert {"W01", "W04", "W09", "S01"} <= {rule.id for rule in shipped.rules}


@pytest.mark.parametrize("state", ["active", "returned"])
def test_every_library_rule_has_a_test_that_raises_and_one_that_clears(state: str) -> None:
    expected = [one.__pydantic_extra__ for test in load_rule_tests(LIBRARY / "rules") for one in test.fields.expect]
    tested = {rule.rpartition("/")[2] for states in expected for rule, found in states.items() if found == state}
    assert tested == {rule.id for rule in library().rules}


@pytest.mark.parametrize(
    "source",
    [*load_rule_tests(LIBRARY / "rules"), *load_rule_tests(LIBRARY / "procedures")],
    ids=lambda source: source.name,
)
def test_every_library_rule_test_passes(source: RuleTestSource) -> None:
    shipped = library()
    test = rule_test(source, Surroundings(shipped.classes, shipped.rules, shipped.tasks))
    assert check_test(test, shipped.classes, shipped.rules) == []
    assert run_test(test, shipped.classes, shipped.rules).failures == ()


@pytest.mark.parametrize("directory", EXAMPLES, ids=lambda path: path.name)
def test_example_loads_and_its_rule_tests_pass(directory: Path) -> None:
    suite = load_suite(directory)
    assert suite.tests
    assert [test.name for test in suite.tests if not run_test(test, suite.classes, suite.rules).passed] == []


def test_languages_have_the_same_codes() -> None:
    assert set(TEXTS["zh"]) == set(TEXTS["en"])


@pytest.mark.parametrize("code", sorted(TEXTS["en"]))
def test_languages_use_the_same_arguments(code: str) -> None:
    assert arguments(TEXTS["zh"][code]) == arguments(TEXTS["en"][code])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_is_written_once(lang: str) -> None:
    lines = (LIBRARY / "messages" / f"{lang}.yaml").read_text("utf-8").splitlines()
    codes = [line.partition(":")[0] for line in lines if line and not line.startswith(("#", " "))]
    assert len(codes) == len(set(codes))


WORDS = {
    "reload.bound": ("what", {*PARTS, MACHINE}),
    "disarmed.standing": (
        "why",
        {
            "new-store", "store-missing", "store-restored", "store-corrupt", "machine-changed", "ahead", "conflict",
            "told-again", "volatile", "unknown",
        },
    ),
}  # fmt: skip
"""Code -> the argument that is a word of the program, and every word it may be (see ``Epoch.reason``)."""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", WORDS)
def test_every_word_of_the_program_in_a_sentence_is_translated(code: str, lang: str) -> None:
    name, words = WORDS[code]
    written = {key.partition("=")[2]: text for key, text in TEXTS[lang].items() if key.startswith(f"{code}.{name}=")}
    assert set(written) == words
    others = dict.fromkeys(arguments(TEXTS[lang][code]), "x")
    for word, text in written.items():
        assert text in Catalogue.load(lang).text(code, **others | {name: word})


def test_what_is_counted_in_english_follows_its_number() -> None:
    """``{links} links`` reads "1 links": a word that follows a number anywhere follows it everywhere."""
    parts = [part for text in TEXTS["en"].values() for part in string.Formatter().parse(text)]
    counted = [spec.rpartition("|")[2].split()[0] for _, _, spec, _ in parts if spec and "|" in spec]
    assert {"links", "devices", "events"} <= {*counted}
    # "{other} commands the same machine" is no count.
    words = "|".join({*counted} - {"commands"})
    plain = re.compile(rf"\{{\w+\}} (?:(?:more|new|open|work|data) )*(?:{words})\b")
    found = {code for code, text in TEXTS["en"].items() if plain.search(text)}
    # Of a scheme, not of a number; a demonstration never takes one second.
    assert found == {"link.unknown-option", "demo.begins"}


def test_every_code_used_has_a_text() -> None:
    used = codes_used()
    assert "yaml.tab" in used
    assert used - set(TEXTS["en"]) == set()
