"""What comes out of compiling: an expression on one equipment that can be asked again and again."""

from dataclasses import dataclass

from drivers.points import Place
from rules.condition.part import ConditionInput
from rules.condition.value_types import ValueType
from rules.view import Evaluator, Result, View


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression on one equipment."""

    text: str
    type: ValueType
    compiled: Evaluator
    terms: tuple[ConditionInput, ...]
    """Its inputs as written, for evidence."""
    owner: str = ""
    """The equipment it is about."""
    place: Place | None = None
    """Where it is written."""

    def run(self, view: View) -> Result:
        """True, false, a number or a state; None is unknown. Once it fails it is unknown for good, it alone.

        No condition that was checked can fail, unless a device hands over what its template does not promise or we
        have made a mistake. Neither may stop the other rules.
        """
        if view.failures and self.name in view.failures:
            return None
        try:
            return self.compiled(view)
        except Exception as error:
            view.failures[self.name] = f"{type(error).__name__}: {error}"
            return None

    @property
    def name(self) -> str:
        """What it is called when it fails."""
        place = f" ({self.place.file}:{self.place.line})" if self.place is not None else ""
        return f"{self.owner}: {self.text}{place}"

    @property
    def slots(self) -> tuple[int, ...]:
        """The slots whose change can change the result."""
        return tuple(term.slot for term in self.terms)
