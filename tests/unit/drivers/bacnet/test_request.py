"""Which requests a device needs, and how they fall apart."""

import pytest

from drivers.bacnet.address import BacnetAddressError
from drivers.bacnet.request import CHUNK, BacnetRequest, requests_of
from drivers.bacnet.source import SourceError
from drivers.points import Instant, Kind, Quality, Reason
from drivers.templates import Device, Template, TemplatePoint
from tests.unit.drivers.bacnet.bench import AT, TEMPLATE, point


def device(*points: TemplatePoint, address: str = "10.0.0.5/7") -> Device:
    return Device("d", "bacnet", address, Template("t", {}, "bacnet", points))


def analogs(count: int, **more: object) -> tuple[TemplatePoint, ...]:
    return tuple(point(f"p{n}", Kind.ANALOG, "analog-input", n, **more) for n in range(count))


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (CHUNK, 1), (CHUNK + 1, 2), (5 * CHUNK, 5)])
def test_objects_are_asked_in_chunks(count: int, requests: int) -> None:
    planned = requests_of(device(*analogs(count)))
    assert len(planned) == requests
    assert [name for request in planned for name in request.points] == [f"d.p{n}" for n in range(count)]


def test_points_of_one_object_share_its_flags() -> None:
    lift = Template("lift", {}, "bacnet", TEMPLATE.points[-2:])
    (request,) = requests_of(Device("d", "bacnet", "10.0.0.5/7", lift))
    assert [entry.properties for entry in request.objects] == [((458, None), (450, 1), (111, None))]


def test_poll_classes_are_never_mixed() -> None:
    fast, slow = analogs(2, poll="fast"), (point("s", Kind.ANALOG, "analog-value", poll="slow"),)
    assert [(r.poll, len(r.points)) for r in requests_of(device(*slow, *fast))] == [("fast", 2), ("slow", 1)]


def test_a_request_falls_apart_down_to_single_properties_and_no_further() -> None:
    pending: list[BacnetRequest] = list(requests_of(device(*analogs(7))))
    leaves = []
    while pending:
        request = pending.pop(0)
        pending += request.smaller()
        leaves += [] if request.smaller() else [(request.points, request.singly)]
    assert sorted(leaves) == [((f"d.p{n}",), True) for n in range(7)]


def test_asking_singly_leaves_reliability_out() -> None:
    (request,) = requests_of(device(*analogs(1)))
    assert [key[0] for key in request.objects[0].properties] == [85, 111, 103]
    assert [key[0] for key in request.one_by_one().objects[0].properties] == [85, 111]


def test_the_device_object_has_no_flags() -> None:
    (request,) = requests_of(device(point("name", Kind.TEXT, "device", 7, property="object-name")))
    assert request.objects[0].properties == ((77, None),)


@pytest.mark.parametrize("answer", [b"", b"\x00", b"\xff" * 300, bytes.fromhex("0c000000001e")])
def test_an_answer_without_the_points_makes_them_bad(answer: bytes) -> None:
    (request,) = requests_of(device(*analogs(2)))
    readings = request.decode(answer, AT)
    assert [reading[1:] for reading in readings] == [(None, Quality.BAD, Reason.DECODE, AT)] * 2


@pytest.mark.parametrize(
    "address", ["", "10.0.0.5", "10.0.0.5/x", "host/7", "10.0.0.5:0/7", "10.0.0.5:99999/7", "1.2.3.4/4194303"]
)
def test_an_address_names_host_and_instance(address: str) -> None:
    with pytest.raises(BacnetAddressError):
        requests_of(device(*analogs(1), address=address))


@pytest.mark.parametrize(
    "wrong",
    [
        point("p", Kind.ANALOG, "analogue-input"),
        point("p", Kind.ANALOG, "analog-input", property="presentvalue"),
        point("p", Kind.ANALOG, "analog-input", property="present-value[x]"),
        point("p", Kind.ANALOG, "analog-input", 4194303),
        point("p", Kind.ANALOG, "1024"),
    ],
)
def test_an_unknown_source_is_an_error(wrong: TemplatePoint) -> None:
    with pytest.raises(SourceError):
        requests_of(device(wrong))


def test_numbers_stand_for_what_has_no_name() -> None:
    (request,) = requests_of(device(point("p", Kind.ANALOG, "200", 5, property="1200[3]")))
    assert (request.objects[0].object, request.objects[0].properties[0]) == ((200, 5), (1200, 3))


def test_decoding_is_pure() -> None:
    (request,) = requests_of(device(*analogs(1)))
    assert request.decode(b"", AT)[0].sampled_at is AT
    assert request.decode(b"", Instant("other", 2.0, 2.0)) != request.decode(b"", AT)
