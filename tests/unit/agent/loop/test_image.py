import pytest

from agent.loop.image import Image
from drivers.points import Instant, Quality, Reading, Reason


def at(mono: float) -> Instant:
    return Instant("boot", mono, 1e9 + mono)


def good(point: str, value: object, mono: float) -> Reading:
    return Reading(point, value, Quality.GOOD, Reason.NONE, at(mono))


@pytest.fixture
def image() -> Image:
    return Image(["a.level", "a.flow"], at(0))


def test_a_point_that_was_never_read_is_bad_and_says_so(image: Image) -> None:
    assert image.latest("a.level")[1:4] == (None, Quality.BAD, Reason.NEVER_READ)
    assert image.counts() == {"good": 0, "uncertain": 0, "stale": 0, "bad": 2}


def test_only_what_differs_is_a_change(image: Image) -> None:
    assert image.update([good("a.level", 1.0, 1), good("a.flow", 2.0, 1)])
    assert len(image.take_changes()) == 2
    assert not image.update([good("a.level", 1.0, 2)])
    assert image.take_changes() == []
    assert image.latest("a.level").sampled_at == at(2)


def test_true_and_one_differ(image: Image) -> None:
    image.update([good("a.level", 1, 1)])
    image.take_changes()
    assert image.update([good("a.level", True, 2)])


def test_every_change_between_two_ticks_is_kept(image: Image) -> None:
    for value in (1.0, 2.0, 1.0):
        image.update([good("a.level", value, value)])
    assert [reading.value for reading in image.take_changes()] == [1.0, 2.0, 1.0]


def test_an_unchanged_answer_renews_its_whole_block_and_no_other(image: Image) -> None:
    image.update([good("a.level", 1.0, 1)], "one")
    image.update([good("a.flow", 1.0, 1)], "two")
    image.refresh("one", at(9))
    assert [reading.sampled_at for reading in image.readings()] == [at(9), at(1)]


def test_a_bad_reading_is_not_made_younger_by_an_old_answer(image: Image) -> None:
    image.update([good("a.level", 1.0, 1)], "one")
    image.refresh("one", at(5))
    image.update([Reading("a.level", None, Quality.BAD, Reason.NO_ANSWER, at(8))])
    assert image.latest("a.level").sampled_at == at(8)


def test_a_watched_point_tells_its_age_with_the_next_decision_without_asking_for_one() -> None:
    image = Image(["a.level", "a.flow"], at(0), watched=["a.level"])
    image.update([good("a.level", 1.0, 1), good("a.flow", 1.0, 1)], "one")
    image.take_changes()
    image.refresh("one", at(9))
    assert not image.changed
    assert image.take_changes() == [good("a.level", 1.0, 9)]
    assert image.take_changes() == []


def test_a_younger_reading_comes_after_the_change_it_repeats() -> None:
    image = Image(["a.level"], at(0), watched=["a.level"])
    image.update([good("a.level", 1.0, 1)], "one")
    image.refresh("one", at(9))
    assert image.take_changes() == [good("a.level", 1.0, 1), good("a.level", 1.0, 9)]


def test_only_the_points_of_the_site_are_counted(image: Image) -> None:
    image.update([good("bus.online", False, 1), good("a.flow", 1.0, 1)])
    assert image.counts() == {"good": 1, "uncertain": 0, "stale": 0, "bad": 1}


def known(image: Image) -> dict[str, object]:
    return {reading.point: reading.value for reading in image.take_changes()}


def test_other_points_keep_what_is_known_of_the_others(image: Image) -> None:
    image.update([good("a.level", 1.0, 1), good("bus.online", True, 1), good("gone.online", True, 1)], "")
    image.exchange(["a.level", "b.level"], at(5), ["bus.online"])
    assert known(image) == {"a.level": 1.0, "bus.online": True}
    assert (image.latest("b.level").reason, image.counts()["bad"]) == (Reason.NEVER_READ, 1)
    assert sorted(reading.point for reading in image.readings()) == ["a.level", "b.level", "bus.online"]


def test_an_unchanged_answer_still_renews_its_points_after_an_exchange(image: Image) -> None:
    image.update([good("a.level", 1.0, 1), good("a.flow", 2.0, 1)], "a.level")
    image.exchange(["a.level", "a.flow"], at(5), ["a.flow"])
    image.take_changes()
    image.refresh("a.level", at(9))
    assert image.latest("a.level").sampled_at == at(9)
    assert image.take_changes() == [good("a.flow", 2.0, 9)]


def test_what_is_planned_anew_comes_in_other_answers(image: Image) -> None:
    image.update([good("a.level", 1.0, 1), good("a.flow", 2.0, 1)], "a.level")
    image.exchange(["a.level", "a.flow"], at(5), [], replanned=["a.level", "a.flow"])
    image.take_changes()
    image.update([good("a.level", 1.0, 6)], "a.level")
    image.refresh("a.level", at(9))
    assert [image.latest(point).sampled_at for point in ("a.level", "a.flow")] == [at(9), at(1)]
