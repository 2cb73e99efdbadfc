"""The log in the language of a person: each line a sentence, its code behind it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.catalogue import Catalogue

_FRAME = ("event", "level", "timestamp", "repeated", "exception")
"""What every line has, and the sentence need not say."""


class LogWords:
    """Says events of the log through ``texts``; implements ``runtime.logs.Words``."""

    def __init__(self, texts: Catalogue) -> None:
        """Speak the language of ``texts``."""
        self._texts = texts

    def __call__(self, event: Mapping[str, Any]) -> str:
        """Time, level, what happened and its code."""
        text, code = self._texts.text, str(event["event"])
        sentence = self._sentence(code, {key: self._value(value, event) for key, value in event.items()})
        if event.get("repeated"):
            sentence = text("log.repeated", sentence=sentence, count=event["repeated"])
        time = datetime.fromisoformat(event["timestamp"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        return text("log.line", time=time, level=text(f"log.level.{event['level']}"), sentence=sentence, event=code)

    def _sentence(self, code: str, fields: dict[str, str]) -> str:
        for known in (f"log.{code}", code):
            if known in self._texts.texts:
                return self._texts.outline(known, fields)
        shown = " ".join(f"{key}={value}" for key, value in fields.items() if key not in _FRAME)
        return self._texts.text("log.other", event=code, fields=shown).rstrip()

    def _value(self, value: Any, event: Mapping[str, Any]) -> str:  # noqa: ANN401 - whatever was logged
        """A message code reads as its sentence."""
        said = str(value)
        if "." in said and said in self._texts.texts and said != event["event"]:
            return self._texts.outline(said, {key.removeprefix("reason."): str(one) for key, one in event.items()})
        return said
