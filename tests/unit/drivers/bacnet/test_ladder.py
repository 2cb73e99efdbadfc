"""How a device takes to be asked: one way down, whatever the reason."""

import pytest

from drivers.bacnet.ladder import STRIKES, Ladder, divisible
from drivers.contract import Busy, Refused


@pytest.mark.parametrize(
    ("refusal", "most"),
    [
        (Refused("bacnet.abort", number=1), 19),
        (Refused("bacnet.abort", number=4), 19),
        (Refused("bacnet.reject", number=7), 19),
        (Refused("bacnet.abort", number=0), 5),
        (Refused("bacnet.reject", number=0), 5),
        (Refused("bacnet.reject", number=9), 0),
        (Refused("bacnet.error", number=31), None),
        (Busy("bacnet.abort", number=9), None),
    ],
)
def test_what_a_refusal_teaches(refusal: Refused, most: int | None) -> None:
    ladder = Ladder()
    ladder.refused(20, refusal)
    assert ladder.most == most


@pytest.mark.parametrize(("octets", "most"), [(50, 1), (128, 3), (206, 6), (480, 14), (1024, 31), (1476, 45)])
def test_what_the_longest_message_allows(octets: int, most: int) -> None:
    ladder = Ladder()
    ladder.limit(octets)
    assert ladder.most == most
    assert ladder.objection(most) is None
    assert ladder.objection(most + 1) is not None


def test_silence_to_many_objects_is_a_habit_only_beside_answers_to_one() -> None:
    ladder = Ladder()
    for _ in range(10):
        ladder.silent(20)
    assert ladder.most is None
    ladder.answered_one()
    assert ladder.most == 5


def test_an_answer_between_silences_shows_that_they_were_losses() -> None:
    ladder = Ladder()
    for _ in range(10):
        for _ in range(STRIKES - 1):
            ladder.silent(20)
            ladder.answered_one()
        ladder.answered_many()
    assert ladder.most is None


def test_the_way_down_ends_at_single_properties_and_is_remembered() -> None:
    ladder, steps = Ladder(), []
    while ladder.most != 0:
        objects = 20 if ladder.most is None else ladder.most
        for _ in range(STRIKES):
            ladder.silent(objects)
        ladder.answered_one()
        steps.append(ladder.most)
    assert steps == [5, 1, 0]
    assert ladder.objection(1) is not None


@pytest.mark.parametrize(
    ("refusal", "parts"),
    [
        (Refused("bacnet.error", number=31), True),
        (Refused("bacnet.abort", number=0), True),
        (Refused("bacnet.reject", number=9), True),
        (Busy("bacnet.error", number=3), False),
        (Refused("bacnet.other", number=0), False),
    ],
)
def test_what_smaller_requests_may_avoid(refusal: Refused, parts: bool) -> None:
    assert divisible(refusal) is parts
