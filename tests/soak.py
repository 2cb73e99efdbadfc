"""The two forms of a long test: short in ``make test``, long in ``make soak``.

Mark the test ``@pytest.mark.soak`` and let ``soak(short, long)`` choose what it counts in: frames, seconds, restarts.
``make soak`` runs the marked tests only, in their long form and without the usual limit of time.
"""

import os
from typing import TypeVar

Amount = TypeVar("Amount")

LONG = os.environ.get("PLANTGATE_SOAK") == "1"
"""Whether this run is ``make soak``."""


def soak(short: Amount, long: Amount) -> Amount:
    """``long`` in ``make soak``, else ``short``."""
    return long if LONG else short
