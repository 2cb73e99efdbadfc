"""What an unknown word probably meant. No suggestion is better than a wrong one: it never names another thing."""

import re
from collections.abc import Iterable

_PARTS = re.compile(r"[-_. /]+")
_DIGITS = re.compile(r"[0-9]+")
_SPOKEN = {
    "中": "medium", "中等": "medium", "一般": "medium", "高": "high", "重要": "high", "低": "low", "轻微": "low",
    "严重": "critical", "紧急": "critical", "危急": "critical", "致命": "critical",
    "急修": "emergency", "小修": "minor", "中修": "medium", "大修": "major", "计划保养": "planned", "事件": "incident",
    "保持": "hold", "触发": "raise", "恢复": "clear", "清除": "clear",
    "正常": "normal", "动作": "active", "激活": "active", "已恢复": "returned", "搁置": "shelved",
    "停用": "out-of-service",
    "通过": "passed", "失败": "failed", "快": "fast", "慢": "slow", "中文": "zh", "英文": "en", "英语": "en",
    "是": "true", "真": "true", "否": "false", "假": "false",
    "秒": "s", "秒钟": "s", "毫秒": "ms", "分": "min", "分钟": "min", "时": "h", "小时": "h", "个小时": "h",
    "天": "d", "日": "d", "周": "week", "星期": "week", "年": "year",
    "摄氏度": "°C", "度": "°C", "帕": "Pa", "千帕": "kPa", "兆帕": "MPa", "巴": "bar", "伏": "V", "伏特": "V",
    "千伏": "kV", "毫安": "mA", "安": "A", "安培": "A", "瓦": "W", "千瓦": "kW", "千瓦时": "kWh", "赫兹": "Hz",
    "欧": "Ω", "欧姆": "Ω", "米": "m", "厘米": "cm", "毫米": "mm", "升": "L", "立方米": "m³", "立方米/小时": "m³/h",
    "uint16": "u16", "int16": "i16", "uint32": "u32", "int32": "i32", "float": "f32", "float32": "f32", "double": "f64",
    "立方": "m³", "m3/hr": "m³/h", "m³/hr": "m³/h", "hr": "h", "hrs": "h", "转/分": "rpm", "％": "%", "百分比": "%",
}  # fmt: skip
"""Chinese words and other people's names -> what files and conditions call that: only suggested, never read as such."""


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known word of which ``word`` is a misspelling, or the Chinese for it; None when that is not plain.

    Words of several parts are compared part by part, and numbers must be the same: ``voltage_l1_l2`` is no
    misspelling of ``voltage_l2``, nor ``inlet_pressure`` of ``outlet_pressure``.
    """
    text, words = str(word), sorted(known)
    spoken = _SPOKEN.get(text.strip())
    if spoken in words:
        return spoken
    found = [(_edits(text.lower(), one.lower()), one) for one in words if _alike(text.lower(), one.lower())]
    return min(found)[1] if found else None


def unit_meant(symbol: str, known: Iterable[str]) -> str | None:
    """The unit meant by ``symbol``: its Chinese name, other capitals, a plural, letters swapped; never another size."""
    units = list(known)
    word = symbol.strip()
    if _SPOKEN.get(word) in units:
        return _SPOKEN[word]
    bare = {word.lower(), word.lower().removesuffix("."), word.lower().rstrip("s.")}
    found = [one for one in units if one.lower() in bare and not _another_size(word, one)]
    found = found or [one for one in units if len(one) > 2 and sorted(one.lower()) == sorted(word.lower())]
    return found[0] if len(found) == 1 else None


def _another_size(word: str, unit: str) -> bool:
    # m is a thousandth and M a million.
    return word[0] != unit[0] and word[0].lower() == "m" and len(unit) > 1 and unit.lower() not in ("min", "minute")


def _alike(word: str, known: str) -> bool:
    if _PARTS.sub("", word) == _PARTS.sub("", known):
        return True
    mine, other = _PARTS.split(word), _PARTS.split(known)
    if len(mine) != len(other) or _DIGITS.findall(word) != _DIGITS.findall(known):
        return False
    return all(_same(one, two) for one, two in zip(mine, other, strict=True))


def _same(one: str, two: str) -> bool:
    shortened = len(one) >= 3 and two.startswith(one)
    return shortened or _edits(one, two) <= _allowed(one, two)


def _allowed(one: str, two: str) -> int:
    """How many slips make no other word: in short words every letter counts."""
    length = max(len(one), len(two))
    return 0 if length < 3 else 1 if length < 8 else 2


def _edits(one: str, two: str) -> int:
    """Letters too many, missing, wrong, or swapped with the next (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(two, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == two[j - 2] and one[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
