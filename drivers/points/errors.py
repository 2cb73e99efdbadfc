"""The root of the error tree, and what a mistake in a file looks like.

    PlantgateError            code + arguments; the sentence lives in config/messages
    ├── ConfigError           (config.errors) mistakes of a person, each with its place
    ├── ConditionError        (rules.errors) a condition that cannot be compiled
    ├── DriverError           (drivers.contract) the outside did not do what it should
    └── StoreError, UplinkError, AgentError  (runtime.errors)

Errors carry a message *code* and its arguments, never a finished sentence: the reader chooses the language.
"""

from dataclasses import dataclass, field


class PlantgateError(Exception):
    """Something expected went wrong; ``code`` names a text in ``config/messages``, ``args`` fill it."""

    def __init__(self, code: str, **arguments: object) -> None:
        """Keep the message code and the values its text needs."""
        super().__init__(code, arguments)
        self.code = code
        self.arguments = arguments

    def __str__(self) -> str:
        details = ", ".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.code}: {details}" if details else self.code


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file a person should look; line and column count from 1."""

    file: str
    line: int
    column: int
    text: str = ""
    """The offending line as written, for showing with a caret."""
    further: tuple[tuple[int, "Place"], ...] = ()
    """Of a text that does not stand in one piece: from which of its characters on it stands where."""

    def at(self, offset: int) -> "Place":
        """Where the character ``offset`` stands of the text that begins here, and what follows it."""
        first, begin = next((one for one in reversed(self.further) if one[0] <= offset), (0, self))
        rest = tuple((start - offset, place) for start, place in self.further if start > offset)
        return Place(begin.file, begin.line, begin.column + offset - first, begin.text, rest)


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake found in something a person wrote."""

    code: str
    place: Place | None = None
    arguments: dict[str, object] = field(default_factory=dict)
    suggestion: str | None = None
    """What was probably meant, such as the nearest known key."""
    following: tuple[Place, ...] = ()
    """Where else the same mistake shows, in files of the person."""
    more: int = 0
    """How many further findings follow from it, those in files that come with the program included."""
