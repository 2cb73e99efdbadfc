"""Which points a name means, and what is told about each."""

from pathlib import Path

import pytest

from agent.api import requests
from agent.api.verbs.watch import WatchApi, points_named
from agent.loop.image import Image
from config.plant import Plant
from config.site import load_site
from drivers.points import Quality, Reading, Reason
from rules.people import Access, Person
from runtime.clock import ManualClock
from runtime.errors import AgentError

PLAZA = load_site(Path(__file__).parents[5] / "config" / "examples" / "harbour-plaza")


@pytest.mark.parametrize(
    ("name", "first", "count"),
    [
        ("booster", "booster.level", 14),
        ("booster.level", "booster.level", 1),
        ("booster.online", "booster.online", 1),
        ("booster-bus", "booster-bus.online", 1),
        ("booster-bus.online", "booster-bus.online", 1),
    ],
    ids=["device", "point", "whether a device is there", "link", "whether a link is there"],
)
def test_a_name_means_points(name: str, first: str, count: int) -> None:
    points = points_named(PLAZA, name)
    assert (points[0], len(points)) == (first, count)


def test_equipment_means_the_points_of_its_roles() -> None:
    assert "booster.level" in points_named(PLAZA, "tank-1")


@pytest.mark.parametrize(("name", "nearest"), [("boster", "booster"), ("booster.levl", "booster.level"), ("水箱", "-")])
def test_a_name_that_nothing_has_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(AgentError) as caught:
        points_named(PLAZA, name)
    assert (caught.value.code, caught.value.arguments["nearest"]) == ("watch.unknown", nearest)


LI = Person("Li", Access.VIEW)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def image(clock: ManualClock) -> Image:
    return Image(("booster.level", "booster.flow"), clock.now())


def watching(image: Image, clock: ManualClock, plant: Plant = PLAZA) -> WatchApi:
    return WatchApi(lambda: plant, image, clock)


async def test_a_point_is_told_with_unit_quality_and_age(image: Image, clock: ManualClock) -> None:
    image.update([Reading("booster.level", 61.5, Quality.GOOD, Reason.NONE, clock.now())], "booster.level")
    await clock.advance(7)
    (told,) = await watching(image, clock).watch(LI, requests.Watch("booster.level"))
    assert {key: told[key] for key in ("value", "unit", "quality", "reason", "age")} == {
        "value": 61.5,
        "unit": "%",
        "quality": "good",
        "reason": "",
        "age": 7.0,
    }


async def test_a_value_that_came_again_is_young(image: Image, clock: ManualClock) -> None:
    image.update([Reading("booster.level", 61.5, Quality.GOOD, Reason.NONE, clock.now())], "booster.level")
    await clock.advance(7)
    image.refresh("booster.level", clock.now())
    (told,) = await watching(image, clock).watch(LI, requests.Watch("booster.level"))
    assert told["age"] == 0.0


async def test_a_point_never_read_says_so(image: Image, clock: ManualClock) -> None:
    (told,) = await watching(image, clock).watch(LI, requests.Watch("booster.flow"))
    assert (told["value"], told["quality"], told["reason"]) == (None, "bad", "never-read")


@pytest.mark.parametrize(
    ("names", "points"),
    [
        ("", ["booster.level", "booster.flow"]),
        ("booster.flow booster.level", ["booster.flow", "booster.level"]),
        ("booster.flow booster", ["booster.flow", "booster.level"]),
    ],
    ids=["no name: all", "in the order of the names", "each once"],
)
async def test_which_points_are_told(image: Image, clock: ManualClock, names: str, points: list[str]) -> None:
    assert [told["point"] for told in await watching(image, clock).watch(LI, requests.Watch(names))] == points
