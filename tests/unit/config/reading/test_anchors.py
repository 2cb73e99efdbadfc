"""The caret stands under the mistake however the condition is written in YAML."""

import pytest

from config.reading.yamlfile import read_yaml

WRITTEN = {
    "plain": "- when: level <= low and levle > 5 %\n",
    "plain on two lines": "- when: level <= low\n    and levle > 5 %\n",
    "quoted": '- when: "level <= low and levle > 5 %"\n',
    "quoted on two lines": '- when: "level <= low\n    and levle > 5 %"\n',
    "single quotes": "- when: 'level <= low and levle > 5 %'\n",
    "escaped before it": '- when: "level \\u003c= low and levle > 5 \\x25"\n',
    "escaped end of line": '- when: "level <= low \\\n    and levle > 5 %"\n',
    "folded": "- when: >\n    level <= low\n    and levle > 5 %\n",
    "folded, stripped, with a comment": "- when: >-  # why\n    level <= low\n\n    and levle > 5 %\n",
    "literal": "- when: |\n    level <= low\n    and\n      levle > 5 %\n  id: X\n",
    "wide letters before it": "- {title: {zh: 水位低}, when: level <= low and levle > 5 %}\n",
    "doubled quote": "- when: 'it''s levle'\n",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_character_is_found(name: str) -> None:
    file = read_yaml(WRITTEN[name].encode(), "rules.yaml")
    (rule,) = file.data  # type: ignore[misc]
    text, begin = rule["when"], file.text((0, "when"))
    for offset in range(text.index("levle"), text.index("levle") + 5):
        place = begin.at(offset)
        assert (place.text, place.text[place.column - 1]) == (file.lines[place.line - 1], text[offset])
    assert begin.at(0).text[begin.at(0).column - 1] == text[0]


def test_a_part_of_a_text_knows_the_rest_of_it() -> None:
    file = read_yaml(b"- when: >\n    level\n    and\n    levle\n", "rules.yaml")
    part = file.text((0, "when")).at(6)
    assert [(part.at(offset).line, part.at(offset).column) for offset in (0, 4)] == [(3, 5), (4, 5)]
