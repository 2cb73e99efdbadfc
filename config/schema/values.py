"""The words of our files: durations, quantities, identifiers, addresses. Each refuses with a message code."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from config.catalogue import LANGUAGES
from config.quantity import Quantity, QuantityError, byte_size, duration, parse_quantity
from drivers.bacnet.address import BacnetAddressError, parse_address
from drivers.bacnet.names import MAX_INSTANCE
from drivers.links import DRIVERS, SERIAL
from drivers.points import Effect, Unit, unit
from drivers.points.units import symbols
from rules.condition.tokens import WORDS
from rules.suggest import nearest, unit_meant

IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
RULE_ID = re.compile(r"[A-Z]{1,4}[0-9]{1,4}\Z")
_ROLE_POINT = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9_]*\Z")
_TAG = re.compile(r"[a-z][A-Za-z0-9_]*\Z")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2})?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])\Z")
_ANY_DAY = datetime(2024, 1, 1)
_SERIAL_LINK = re.compile(r"modbus-rtu:///\S+\Z")
_SECRET = re.compile(r"(?:env|file|credential):\S+\Z")

_CHINA = "asia/beijing asia/shenzhen asia/guangzhou beijing china cst utc+8 utc+08:00 gmt+8 北京 北京时间 上海 中国"
_ZONES = dict.fromkeys(_CHINA.split(), "Asia/Shanghai")
"""What people call the time of China -> its name in the database of time zones."""

Choice = TypeVar("Choice", bound=StrEnum)
Parsed = TypeVar("Parsed")


def refuse(code: str, suggestion: str | None = None, **arguments: object) -> PydanticCustomError:
    """The error a validator raises; ``config.reading.shape`` makes a finding of it."""
    # The code stands for the template too: the sentence comes from config/messages.
    return PydanticCustomError(code, code, {**arguments, "suggestion": suggestion})


def quantity(text: object) -> Quantity:
    """A number with its unit; refuses anything else."""
    return _adapted(parse_quantity, text)


def _duration(text: object) -> float:
    return _adapted(duration, text)


def _period(text: object) -> float:
    seconds = _duration(text)
    if seconds == 0:
        raise refuse("value.zero-time")
    return seconds


def _size(text: object) -> int:
    return _adapted(byte_size, text)


def _adapted(parse: Callable[[object], Parsed], text: object) -> Parsed:
    try:
        return parse(text)
    except QuantityError as error:
        raise refuse(error.code, error.suggestion, **error.arguments) from error


def _unit(text: object) -> Unit:
    known = unit(text) if isinstance(text, str) else None
    if known is None:
        raise refuse("value.unit", unit_meant(str(text), symbols()), unit=text)
    return known


def matching(pattern: re.Pattern[str], code: str, repair: Callable[[str], str] | None = None) -> Callable[[Any], Any]:
    """A validator that refuses texts not of ``pattern`` with ``code``, and suggests what ``repair`` makes of them."""

    def check(text: object) -> object:
        if isinstance(text, str) and not pattern.match(text):
            repaired = repair(text) if repair else ""
            raise refuse(code, repaired if pattern.match(repaired) else None, value=text)
        return text

    return check


def kebab(text: str) -> str:
    """``text`` as an identifier: ``Pump Room`` -> ``pump-room``; empty when nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _snake(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _camel(text: str) -> str:
    words: list[str] = re.findall(r"[A-Za-z0-9]+", text)
    joined = "".join(word[0].upper() + word[1:] for word in words)
    return joined[:1].lower() + joined[1:]


def _not_a_word(text: object) -> object:
    if isinstance(text, str) and text in WORDS:
        raise refuse("value.reserved", value=text)
    return text


def _url(*schemes: str) -> Callable[[Any], Any]:
    def check(text: object) -> object:
        if isinstance(text, str) and not _is_url(text, schemes):
            address = text.partition("://")[2] or text
            repaired = f"{schemes[0]}://{address}"
            expected = f"{schemes[0]}://HOST:PORT"
            raise refuse("value.url", repaired if _is_url(repaired, schemes) else None, expected=expected)
        return text

    return check


_MQTT = {"mqtt": ("mqtt", 1883), "tcp": ("mqtt", 1883)} | dict.fromkeys(
    ("mqtts", "ssl", "tls", "mqtt+ssl"), ("mqtts", 8883)
)
"""Schemes of broker URLs as programs write them -> ours, and its port (IANA)."""


def _broker(text: object) -> object:
    """The URL of a broker. What is suggested in its place never gives up TLS."""
    if not isinstance(text, str) or _is_url(text, ("mqtt", "mqtts")):
        return text
    try:
        parts = urlsplit(text if "://" in text else f"mqtt://{text}")
        port = parts.port
    except ValueError:
        raise refuse("value.url", expected="mqtts://HOST:PORT") from None
    if "@" in parts.netloc:
        raise refuse("value.url-credentials")
    if parts.scheme in ("ws", "wss"):
        raise refuse("value.url-websocket")
    scheme, usual = _MQTT.get(parts.scheme, ("mqtt", 1883))
    repaired = f"{scheme}://{parts.hostname}:{port or usual}"
    fits = parts.scheme in _MQTT and _is_url(repaired, ("mqtt", "mqtts"))
    raise refuse("value.url", repaired if fits else None, expected=f"{scheme}://HOST:PORT")


_link_on_network = _url("modbus-tcp", *(scheme for scheme in DRIVERS if scheme != SERIAL))


def _link(text: object) -> object:
    """A network link, or a serial port, which has a path instead of a host; options may follow either."""
    if isinstance(text, str) and _SERIAL_LINK.match(text):
        return text
    _link_on_network(text.partition("?")[0] if isinstance(text, str) else text)
    return text


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and bool(parts.port) and _bare(text, parts.netloc)
    except ValueError:
        return False


def _bare(text: str, netloc: str) -> bool:
    return text.endswith(f"://{netloc}") and "@" not in netloc and not any(letter.isspace() for letter in netloc)


def _bacnet_address(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return str(parse_address(text))
    except BacnetAddressError as error:
        raise refuse("value.bacnet-address", value=text, last=MAX_INSTANCE) from error


def _secret(text: object) -> object:
    if isinstance(text, str) and not _SECRET.match(text):
        raise refuse("value.secret")
    return text


def _glob(text: object) -> object:
    if isinstance(text, str) and (text.startswith("/") or "\\" in text or ".." in text.split("/")):
        raise refuse("value.glob", value=text)
    return text


def _timezone(text: object) -> object:
    # A box without the zone database cannot judge; it is not the fault of the file.
    known = available_timezones()
    if isinstance(text, str) and known and text not in known:
        raise refuse("value.timezone", _ZONES.get(text.lower()) or nearest(text, known), value=text)
    return text


def _clock(text: object) -> tuple[int, int]:
    matched = _CLOCK.match(text) if isinstance(text, str) else None
    if matched is None:
        raise refuse("value.clock", value=text)
    return int(matched[1]), int(matched[2])


def _local_time(text: object) -> datetime:
    matched = _LOCAL_TIME.match(text) if isinstance(text, str) else None
    try:
        return datetime.fromisoformat(matched[0] if matched else "")
    except ValueError:
        raise refuse("value.local-time", value=text) from None


def _date(text: object) -> object:
    try:
        if isinstance(text, str) and _DATE.match(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise refuse("value.date", value=text)


def _month_day(text: object) -> tuple[int, int]:
    matched = _MONTH_DAY.match(text) if isinstance(text, str) else None
    if matched is None:
        raise refuse("value.month-day", value=text)
    return int(matched[1]), int(matched[2])


def _cron(text: object) -> object:
    # A nonsense line and one that never comes are told apart by nobody.
    try:
        if isinstance(text, str) and len(text.split()) == 5 and next(CronSim(text, _ANY_DAY), None) is not None:
            return text
    except CronSimError:
        pass
    raise refuse("value.cron", value=text)


def choice(enum: type[Choice]) -> BeforeValidator:
    """Accepts the values of ``enum`` as text."""
    known = [member.value for member in enum]
    return BeforeValidator(lambda text: enum(one_of(text, known)))


def one_of(text: object, known: Sequence[str]) -> str:
    """``text``, which is one of ``known``; refuses anything else."""
    if isinstance(text, str) and text in known:
        return text
    raise refuse("value.one-of", nearest(text, known), value=text, known=", ".join(known))


def at_least(least: str, parse: Callable[[object], float]) -> AfterValidator:
    """Refuses what is smaller than ``least``, as people write it and ``parse`` reads it."""
    smallest = parse(least)

    def check(value: float) -> float:
        if value < smallest:
            raise refuse("value.too-small", least, least=least)
        return value

    return AfterValidator(check)


def _matches(pattern: re.Pattern[str]) -> WithJsonSchema:
    """For editors: the pattern in the dialect of JSON Schema."""
    text = pattern.pattern.removesuffix(r"\Z")
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{text})$"})


_TEXT_SCHEMA = WithJsonSchema({"type": "string"})

Duration = Annotated[float, BeforeValidator(_duration), _TEXT_SCHEMA]
"""``60 s``, ``10 min``: seconds, not negative."""
Period = Annotated[float, BeforeValidator(_period), _TEXT_SCHEMA]
"""A duration above zero."""
Size = Annotated[int, BeforeValidator(_size), _TEXT_SCHEMA]
"""``1 GiB``: bytes."""
EffectField = Annotated[Effect, choice(Effect)]
"""What a command does to the machine."""
QuantityField = Annotated[Quantity, BeforeValidator(quantity), WithJsonSchema({"type": ["string", "number"]})]
UnitField = Annotated[Unit, BeforeValidator(_unit), WithJsonSchema({"type": "string", "enum": list(symbols())})]
Identifier = Annotated[str, BeforeValidator(matching(IDENTIFIER, "value.identifier", kebab)), _matches(IDENTIFIER)]
"""``tank-1``"""
Name = Annotated[
    str, BeforeValidator(_not_a_word), BeforeValidator(matching(_NAME, "value.name", _snake)), _matches(_NAME)
]
"""``outlet_pressure``: a role, parameter, point or state, as conditions write it."""
Tag = Annotated[str, BeforeValidator(matching(_TAG, "value.tag", _camel)), _matches(_TAG)]
"""``airHandler``: a marker of Project Haystack (docHaystack, "Names": a small letter, then letters, digits, _)."""
RuleId = Annotated[str, BeforeValidator(matching(RULE_ID, "value.rule-id", str.upper)), _matches(RULE_ID)]
"""``W01``"""
RolePoint = Annotated[str, BeforeValidator(matching(_ROLE_POINT, "value.role-point")), _matches(_ROLE_POINT)]
"""``booster.level``"""
Secret = Annotated[str, BeforeValidator(_secret), _matches(_SECRET)]
"""``env:NAME``, ``file:PATH`` or ``credential:NAME``"""
BacnetAddress = Annotated[str, BeforeValidator(_bacnet_address)]
"""``192.168.1.30:47808/2001``: host, port and device instance; completed with the standard port."""
LinkUrl = Annotated[str, BeforeValidator(_link)]
BrokerUrl = Annotated[str, BeforeValidator(_broker)]
Glob = Annotated[str, BeforeValidator(_glob)]
TimeOfDay = Annotated[tuple[int, int], BeforeValidator(_clock), _TEXT_SCHEMA]
"""``"10:00"``: hour and minute."""
LocalTime = Annotated[datetime, BeforeValidator(_local_time), _TEXT_SCHEMA]
"""``"2026-01-31 22:00"``: a day and a time of day, of whatever time zone goes with it."""
Date = Annotated[str, BeforeValidator(_date), _TEXT_SCHEMA]
"""``"2026-01-31"``: a day, in quotes."""
MonthDay = Annotated[tuple[int, int], BeforeValidator(_month_day), _TEXT_SCHEMA]
"""``"04-01"``: month and day, up to the 28th."""
Cron = Annotated[str, BeforeValidator(_cron)]
"""``"0 10 * * 1"``: minute, hour, day of month, month, day of week."""
Language = Annotated[str, BeforeValidator(lambda text: one_of(text, LANGUAGES)), WithJsonSchema({"enum": [*LANGUAGES]})]
"""``zh``: a language that the program speaks."""
TimeZone = Annotated[str, BeforeValidator(_timezone)]
"""``Asia/Shanghai`` (IANA time zone database)."""
