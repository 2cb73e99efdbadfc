"""Rules: from the fields of a rule file to conditions with their places."""

from config.reading.files import Loaded
from config.reading.yamlfile import YamlFile
from config.schema.rule import OrderFields, RuleFields, RuleFile
from rules.model import OrderTemplate, Rule, SeverityCase, Source


def build_rules(loaded: Loaded[RuleFile]) -> list[tuple[Rule, YamlFile, int]]:
    """Every rule of one file, with the file and its index there."""
    return [(_rule(fields, loaded.file, index), loaded.file, index) for index, fields in enumerate(loaded.fields)]


def _rule(fields: RuleFields, file: YamlFile, index: int) -> Rule:
    return Rule(
        id=fields.id,
        for_each=fields.for_each,
        title=fields.title,
        when=Source(fields.when, file.text((index, "when"))),
        severity=fields.severity.otherwise,
        severities=tuple(
            SeverityCase(severity, Source(text, file.text((index, "severity", severity.value))))
            for severity, text in fields.severity.cases.items()
        ),
        on_delay=fields.on_delay,
        clear=_source(file, index, "clear", fields.clear),
        off_delay=fields.clear_for,
        consequence=fields.consequence or {},
        action=fields.action or {},
        work_order=_order(fields.work_order) if fields.work_order is not None else None,
        on_unknown=fields.on_unknown,
        suppressed_when=_source(file, index, "suppressed_when", fields.suppressed_when),
        caused_by=tuple(fields.caused_by),
        needs=tuple(fields.needs),
        latched=fields.latched,
        realarm=fields.realarm,
        data_loss=fields.data_loss,
    )


def _source(file: YamlFile, index: int, key: str, text: str) -> Source | None:
    return Source(text, file.text((index, key))) if text else None


def _order(fields: OrderFields) -> OrderTemplate:
    return OrderTemplate(fields.cls, fields.skill, tuple(fields.materials), dict(fields.deadlines))
