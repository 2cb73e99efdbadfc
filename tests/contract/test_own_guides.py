"""The guides for classes, procedures and plans of one's own name every key of their files, in both languages."""

import re
from pathlib import Path

import pytest
import yaml

from config.schema.equipment_class import ClassFile, ParameterFields, RelationFields, RoleFields
from config.schema.procedure import PlanFields, ProcedureFields, StepFields

DOCS = Path(__file__).parents[2] / "docs"
SHAPES = {
    "classes": (ClassFile, RoleFields, ParameterFields, RelationFields),
    "procedures": (ProcedureFields, StepFields),
    "plans": (PlanFields,),
}
FILE = re.compile(r"<<'END'\n(.*?)^END$", re.MULTILINE | re.DOTALL)
TEXTS = ("title", "action", "skill", "name")
"""Keys whose values are for people."""


def text(guide: str, lang: str) -> str:
    return (DOCS / f"{guide}{'' if lang == 'en' else '.zh'}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("guide", SHAPES)
def test_every_key_is_told(guide: str, lang: str) -> None:
    prose = re.sub(r"```.*?```", "", text(guide, lang), flags=re.DOTALL)
    told = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", prose))))
    keys = [field.alias or name for shape in SHAPES[guide] for name, field in shape.model_fields.items()]
    assert [key for key in keys if key not in told] == []


@pytest.mark.parametrize("guide", SHAPES)
def test_both_languages_write_the_same_files(guide: str) -> None:
    en, zh = ([_without_texts(yaml.safe_load(one)) for one in FILE.findall(text(guide, lang))] for lang in ("en", "zh"))
    assert en
    assert en == zh


def _without_texts(found: object) -> object:
    if isinstance(found, dict):
        return {key: _without_texts(value) for key, value in found.items() if key not in TEXTS}
    return [_without_texts(one) for one in found] if isinstance(found, list) else found
