"""The devices we know by name: for finding one, and as the page ``docs/devices.md``."""

from collections.abc import Iterable, Iterator
from functools import cache

from config.assembly.definitions import template_definitions
from config.assembly.explain import place_of
from config.library import load_library
from config.reading.files import Files
from drivers.templates import ModbusSource, Offer, Template, TemplatePoint
from rules.condition.nodes import names_of
from rules.condition.parser import parse
from rules.condition.reads import reads
from rules.condition.scope import Scope, Slots, example

_HEAD = """\
# Devices 装置

Made from the files in `config/templates/` by `make docs`; do not edit it. `plantgate devices WORD` finds one of them;
yours is not there? [Describe it](templates.md), or import its table.
由 `config/templates/` 中的文件经 `make docs` 生成，请勿手改。用 `plantgate devices 关键字` 查找；
没有您的装置？[自行描述](templates.zh.md)或导入其点表。

How sure each map is 可信度：

- **manual**: taken from the maker's manual, as excerpted in public, with the page; its vectors are proven in every test
  run. 取自厂家手册的公开摘录并注明页码，对照值每次测试都验证。
- **source**: taken from a public source, such as a driver that talks to the device.
  取自公开来源，例如已在用的驱动程序。
- **partial**: incomplete, inferred or generic: compare every value with the display first.
  不完整、推断或通用：先逐值与面板核对。

What a source does not give is left out. Manuals differ by revision and firmware: read a value you know before you trust
the rest. 来源未给出的一概不列。手册因版本与固件而异：先读一个已知的值，再信其余。
"""
_COLUMNS = (
    "template 模板",
    "device 装置",
    "protocol 协议",
    "points 点",
    "commands 命令",
    "vectors 对照值",
    "confidence 可信度",
    "source 来源",
)


def known_templates() -> list[Template]:
    """Every template we ship, by id; a finding in one is a bug of ours and raises ConfigError."""
    files = Files()
    definitions = template_definitions(files, None)
    templates = [definitions.get(name) for name in definitions.known()]
    files.check()
    return [template for template in templates if template]


def matching(templates: Iterable[Template], word: str) -> list[Template]:
    """The templates that have ``word`` in their id, title, source or equipment, whatever its case."""
    return [template for template in templates if word.casefold() in _searched(template)]


def _searched(template: Template) -> str:
    offers = (offer.cls for offer in template.offers)
    return " ".join((template.id, *template.title.values(), template.source, *offers)).casefold()


def devices_page(templates: Iterable[Template]) -> str:
    """The page: a table of the devices, then the points of each."""
    devices = list(templates)
    rows = [_row(*_COLUMNS), _row(*("---" for _ in _COLUMNS)), *(_device(template) for template in devices)]
    points = [line for template in devices for line in _points(template)]
    return "\n".join([_HEAD, *rows, "", "## Points 点表", "", _NOTE, *points]) + "\n"


_NOTE = "Addresses are those on the wire, counted from 0. 地址为线路地址，从 0 起。"


def _device(template: Template) -> str:
    page = f" ({template.page})" if template.page else ""
    return _row(
        f"[{template.id}](#{template.id})",
        _title(template.title),
        template.protocol,
        str(len(template.points)),
        ", ".join(command.name for command in template.commands),
        str(len(template.vectors) or ""),
        template.verified,
        template.source + page,
    )


def _points(template: Template) -> Iterator[str]:
    yield f"\n### {template.id}\n"
    yield f"{_title(template.title)} · {template.verified}{_equipment(template)}\n"
    yield from _untold(template)
    yield _row("point 点", "title 名称", "at 位置", "coding 编码", "unit 单位")
    yield _row(*("---" for _ in range(5)))
    for point in template.points:
        yield _row(point.name, _title(point.title), place_of(point), _coding(point), point.unit.symbol)


_UNTOLD = """\
It tells none of {roles}: while it runs nobody knows whether it is needed, so it is given back and never stopped; see
[safety](safety.md). 不提供 {roles}：运行期间无法判断是否需要发电，因此只交还、绝不停机，见[安全](safety.zh.md)。
"""


def _untold(template: Template) -> Iterator[str]:
    """What its commands cannot know of whether it is needed."""
    for offer in template.offers if template.commands else ():
        wanted = _decisive(offer.cls)
        if wanted and not any(_tells(template, offer, role) for role in wanted):
            yield _UNTOLD.format(roles=" / ".join(wanted))


def _tells(template: Template, offer: Offer, role: str) -> bool:
    return any(point.name == offer.point(role) for point in template.points)


@cache
def _decisive(cls: str) -> tuple[str, ...]:
    """The roles of a class by which its equipment itself tells that it is needed."""
    classes = load_library().classes
    handover = classes[cls].handover
    names = names_of(parse(handover.text)) if handover is not None else ()
    scope = Scope(example(classes[cls]), classes, {}, Slots())
    found = [one for name in names if "." not in name.text for one in reads(name.text, scope)]
    return tuple(one.name for one in found if not one.parameter)


def _equipment(template: Template) -> str:
    classes = dict.fromkeys(offer.cls for offer in template.offers)
    return "".join(f" · {cls}" for cls in classes)


def _coding(point: TemplatePoint) -> str:
    """Type, scale and offset, or the states."""
    if point.states:
        return ", ".join(point.states)
    source = point.source
    parts = [source.type if isinstance(source, ModbusSource) else ""]
    if source.scale != 1.0:
        parts.append(f"× {source.scale:g}")
    if source.offset:
        parts.append(f"{source.offset:+g}")
    if isinstance(source, ModbusSource) and source.needs:
        parts.append(f"by {source.needs}")
    return " ".join(filter(None, parts))


def _title(title: dict[str, str]) -> str:
    return f"{title['en']} · {title['zh']}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
