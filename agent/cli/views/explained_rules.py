"""Which rule applies to which equipment, as ``check --explain`` shows it."""

from collections.abc import Sequence
from dataclasses import asdict

from agent.cli.shell.console import Console
from agent.cli.views.duration import span
from agent.cli.views.tree import Node
from config.plant import Plant
from rules.alarms.watch import AlarmWatch
from rules.condition import Scope, Slots
from rules.condition.deadband import Deadband, deadbands
from rules.engine.rulebook import Rulebook
from rules.model import Rule, Source, pick


def tree(plant: Plant, rulebook: Rulebook, console: Console) -> Node:
    """Every equipment with its rules, then the rules that apply to nothing here."""
    texts = console.texts
    applied: dict[str, list[AlarmWatch]] = {}
    for watch in sorted(rulebook.watches, key=lambda watch: watch.rule.id):
        applied.setdefault(watch.equipment.id, []).append(watch)
    equipment = [
        Node(one.id, [_node(watch, rulebook, console) for watch in applied[one.id]])
        for one in plant.equipment
        if one.id in applied
    ]
    idle = [Node(console.paint(_idle(rule, console), "grey")) for rule in _without(plant, rulebook)]
    more = [Node(texts.text("explain.rules-idle"), idle)] if idle else []
    return Node(texts.text("explain.rules"), [*equipment, *more])


def plain(plant: Plant, rulebook: Rulebook) -> dict[str, object]:
    """The same as JSON values."""
    applied = [_plain(watch, rulebook) for watch in rulebook.watches]
    return {"rules_applied": applied, "rules_idle": [rule.id for rule in _without(plant, rulebook)]}


def _without(plant: Plant, rulebook: Rulebook) -> Sequence[Rule]:
    applied = {watch.rule.id for watch in rulebook.watches}
    return [rule for rule in plant.rules if rule.id not in applied]


def _node(watch: AlarmWatch, rulebook: Rulebook, console: Console) -> Node:
    rule, texts = watch.rule, console.texts
    severity = _severity(rule, console)
    title = pick(rule.title, texts.lang)
    head = texts.text("explain.rule", id=rule.id, severity=severity, title=title, place=_place(rule.when))
    when = _for_time(texts.text("explain.when", condition=rule.when.text), rule.on_delay, console)
    clears = _for_time(texts.text("explain.clears", condition=watch.clear.text), rule.off_delay, console)
    bands = [Node(console.paint(line, "grey")) for line in _deadbands(watch, rulebook, console)]
    return Node(head, [Node(when), Node(clears), *bands, Node(texts.text(f"explain.on-unknown.{rule.on_unknown}"))])


def _deadbands(watch: AlarmWatch, rulebook: Rulebook, console: Console) -> list[str]:
    """The deadband of each comparison, or why it has none."""
    found, texts = _bands(watch, rulebook), console.texts
    if found and watch.rule.clear is not None:
        return [texts.text("explain.deadband-own")]
    return [
        texts.text("explain.deadband", band=one.band, comparison=one.comparison)
        if one.band
        else texts.text(f"explain.deadband-none.{one.reason}", comparison=one.comparison)
        for one in found
    ]


def _bands(watch: AlarmWatch, rulebook: Rulebook) -> tuple[Deadband, ...]:
    scope = Scope(watch.equipment, rulebook.classes, rulebook.equipment, Slots())
    return deadbands(watch.rule.when.text, scope)


def _severity(rule: Rule, console: Console) -> str:
    texts = console.texts
    otherwise = texts.text(f"severity.{rule.severity}")
    if not rule.severities:
        return otherwise
    cases = [
        texts.text("explain.severity", severity=texts.text(f"severity.{case.severity}"), condition=case.when.text)
        for case in rule.severities
    ]
    return texts.text("explain.severities", cases=texts.joined(cases), otherwise=otherwise)


def _for_time(text: str, seconds: float, console: Console) -> str:
    return console.texts.text("explain.lasting", text=text, time=span(seconds)) if seconds else text


def _idle(rule: Rule, console: Console) -> str:
    return f"{rule.id}  {pick(rule.title, console.texts.lang)}  [{rule.for_each}]"


def _place(source: Source) -> str:
    return f"{source.place.file}:{source.place.line}" if source.place is not None else ""


def _plain(watch: AlarmWatch, rulebook: Rulebook) -> dict[str, object]:
    rule = watch.rule
    return {
        "rule": rule.id,
        "equipment": watch.equipment.id,
        "severity": rule.severity.value,
        "severity_when": {case.severity.value: case.when.text for case in rule.severities},
        "when": rule.when.text,
        "for": rule.on_delay,
        "clear": watch.clear.text,
        "clear_for": rule.off_delay,
        "deadbands": [asdict(one) for one in _bands(watch, rulebook)] if rule.clear is None else [],
        "on_unknown": rule.on_unknown.value,
        "limits": {limit.name: limit.value for limit in watch.limits},
        "causes": list(watch.causes),
        "place": _place(rule.when),
    }
