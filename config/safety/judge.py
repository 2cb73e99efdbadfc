"""Every safety check over a site: who is not armed, whose schedule is refused, and what commands rely on."""

from collections import defaultdict
from collections.abc import Iterator

from config.plant import Safety
from config.safety.commands import command_findings
from config.safety.procedures import schedule_findings, step_findings
from config.safety.reliance import declared_findings, guarded, parameter_findings, reliances, unproved
from config.safety.sharing import sharing_findings
from config.safety.site import CheckedSite
from drivers.points import Finding


def judge(site: CheckedSite) -> Safety:
    """What the checks find in ``site``; the order of findings is that of its equipment."""
    against: dict[str, list[Finding]] = defaultdict(list)
    for name, finding in _findings(site):
        if finding not in against[name]:
            against[name].append(finding)
    moving = [one for one in site.commanding() if site.moves(one)]
    return Safety(
        {one.id: tuple(against[one.id]) for one in site.equipment if one.id in against},
        schedule_findings(site),
        tuple(relied for one in moving for relied in reliances(one, site)),
        {limit: one.id for one in reversed(moving) for limit in guarded(one, site)},
        tuple((one.id, relation, reason) for one in site.equipment for relation, reason in one.without.items()),
    )


def _findings(site: CheckedSite) -> Iterator[tuple[str, Finding]]:
    for one in site.commanding():
        checks = [command_findings]
        if site.moves(one):
            checks += [declared_findings, parameter_findings, unproved, step_findings]
        for check in checks:
            for finding in check(one, site):
                yield one.id, finding
    yield from sharing_findings(site)
