"""The templates shown in the guide are templates: every key they show is taken, every vector they show is right."""

import re
from pathlib import Path

import pytest

from config.assembly.template import build_template
from config.reading.files import Files
from config.reading.yamlfile import read_yaml
from config.schema.template import PointFields, TemplateFile

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = ("templates.md", "templates.zh.md")


def _example(guide: str) -> str:
    matched = re.search(r"```yaml\n(.*?)```", (DOCS / guide).read_text(encoding="utf-8"), re.DOTALL)
    assert matched
    return matched[1]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_example_is_a_template(guide: str) -> None:
    files = Files()
    loaded = files.shape(read_yaml(_example(guide).encode(), guide), TemplateFile)
    assert loaded is not None
    template = build_template(loaded, files)
    files.check()
    assert template is not None
    assert template.verified == "manual"


def test_the_guide_names_every_key_of_a_file() -> None:
    said = (DOCS / "templates.md").read_text(encoding="utf-8")
    fields = {**TemplateFile.model_fields, **PointFields.model_fields}
    assert [name for name in fields if name not in said] == ["barriers", "holes"]
