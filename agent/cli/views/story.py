"""What happens in the demonstration, when, and how it is told. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One thing that happens."""

    at: float
    """Share of the duration, 0 to 1."""
    code: str
    """Message that tells it."""
    plant: tuple[str, ...] = ()
    """Lines for the emulated plant room."""
    test: str = ""
    """Equipment whose test somebody starts."""
    link: bool | None = None
    """Whether headquarters can be reached from now on."""


PROCEDURE = "generator-short"
STORY = (
    StoryEvent(0.02, "demo.valve-stuck", plant=("fault booster fill-valve-stuck-closed", "set booster.level 40")),
    StoryEvent(0.05, "demo.test", test="generator-1"),
    StoryEvent(0.29, "demo.lamp", plant=("fault dali-1 lamp", "set dali-1.next_function_test 0")),
    StoryEvent(0.31, "demo.test-fails", plant=("fault genset-2 fails-to-start",), test="generator-2"),
    StoryEvent(0.44, "demo.outage", link=False),
    StoryEvent(0.46, "demo.earth", plant=("set earth-monitor.resistance 5.2",)),
    StoryEvent(0.50, "demo.mended", plant=("clear booster",)),
    StoryEvent(0.52, "demo.test", test="generator-1"),
    StoryEvent(0.60, "demo.fire", plant=("fault fire-controller fire:zone-1",)),
    StoryEvent(0.70, "demo.recovery", link=True),
    StoryEvent(0.76, "demo.fire-over", plant=("clear fire-controller",)),
)
SIMULATED_SECONDS = 1200.0
"""How long the story takes in the plant room; a shorter demonstration runs faster."""
