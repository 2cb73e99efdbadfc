"""Which template a unit probably is: blocks of each template are asked for, and every value that comes is judged."""

from collections.abc import Iterable, Sequence

from drivers.contract import NoAnswer, Refused
from drivers.modbus.asking import Asker, Blocks
from drivers.modbus.request import ModbusRequest, requests_of
from drivers.points import Instant, Reading
from drivers.template_match import Candidate, likeliest, weigh
from drivers.templates import Device, Template

_NOW = Instant("", 0.0, 0.0, trusted=False)
"""Nobody looks at the time of these readings."""
_SAMPLED = 6
"""Blocks of a template that are asked for, spread over all it has: enough to tell, short enough for a slow bus."""


async def guess(wire: Asker, unit: int, templates: Iterable[Template], seconds: float) -> list[Candidate]:
    """The templates that fit ``unit``, best first; only reads. Raises LinkDown."""
    return likeliest([await _judge(wire, unit, template, seconds) for template in templates])


async def _judge(wire: Asker, unit: int, template: Template, seconds: float) -> Candidate:
    requests = _sample(requests_of(Device("d", "", str(unit), template, seconds)))
    blocks = Blocks(wire)
    readings: list[Reading] = []
    refused = 0
    for request in requests:
        try:
            readings += request.decode(await blocks.read(request), _NOW)
        except Refused:
            refused += 1
        except NoAnswer:
            # Silence costs the whole deadline; a unit that is silent here is not of this kind.
            break
        if refused > len(requests) // 2:
            break
    return weigh(template.id, [point for request in requests for point in request.block.points], readings)


def _sample(requests: Sequence[ModbusRequest]) -> list[ModbusRequest]:
    if len(requests) <= _SAMPLED:
        return list(requests)
    last = len(requests) - 1
    return [requests[round(index * last / (_SAMPLED - 1))] for index in range(_SAMPLED)]
