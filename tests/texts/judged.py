"""What a text must not say: words and punctuation that people do not read as their own language."""

import re
from collections.abc import Iterator

CJK = r"[\u4e00-\u9fff]"
PROPER = re.compile(
    "火灾报警|火灾自动报警|报警控制器|报警器|报警主机|手动报警|报警阀|[一二三]级报警|报警按钮|主机:端口|地址:端口|类型,实例号|exception:编号"
)
"""Names of things by their standards (GB 50116, GB 5135.2, GB/T 50493, GB/T 24476), where the word of alarm management
is 告警; and what is typed just so."""
RULES = {
    "zh": {
        "告警, not 报警": re.compile("报警"),
        "您, not 你": re.compile("你"),
        "默认, not 缺省": re.compile("缺省"),
        "生命周期 and 扫描周期, not 一生 and 拍": re.compile("告警的一生|[一每]拍"),
        "full-width , ; : ? ! beside Chinese": re.compile(
            rf"{CJK}[,;:?!](?![\w=\"])|{CJK}[,;:?!]{CJK}|(?<![a-z])[,;:?!] {CJK}"
        ),
        "full-width brackets around Chinese": re.compile(rf"\([^()]*{CJK}[^()]*\)|{CJK}\("),
        "通信设备 (device) or 机电设备 (equipment)": re.compile(
            "设备资产|(?<!通信)(?<!机电)(?<!建筑)(?<!从站)(?<!电气)(?<!电子)(?<!弱电)设备(?!类|试验|实例号|标识|模板|房|文件)"
        ),
        "quotes as Chinese writes them": re.compile(rf'{CJK}"{CJK}'),
    },
    "en": {
        "one thing or several, not (s)": re.compile(r"\(s\)"),
        "nothing that is only for Chinese": re.compile(rf"{CJK}|[，。；：？！（）“”]"),
        "no please, sorry or exclamation": re.compile(
            r"\b(?:[Pp]lease|[Ss]orry|[Oo]ops)\b|(?<![!=<>])!(?![!=])(?=\s|$)"
        ),
        "is not a, rather than is no": re.compile(r"(?<![Tt]here) is no (?!longer\b)"),
        "true and false as words of a file": re.compile(r"\b(?:True|False|None)\b"),
    },
}
"""Rule -> what breaks it, by language."""


def faults(lang: str, text: str) -> Iterator[str]:
    """The rules that ``text`` breaks."""
    told = PROPER.sub("", text) if lang == "zh" else text
    for rule, found in RULES.get(lang, {}).items():
        if match := found.search(told):
            yield f"{rule}: …{told[max(0, match.start() - 8) : match.end() + 8]}…"
