"""Who is there, on loopback: unicast Who-Is, a port a device."""

from contextlib import aclosing
from typing import Any

import pytest
from structlog.testing import capture_logs

from drivers.bacnet.address import parse_address
from drivers.bacnet.interfaces import broadcast_of
from drivers.bacnet.scan import FoundInstance, scan
from drivers.links import LinkUrl
from emulators.bacnet import BacnetServer, BacnetUnit

HERE = LinkUrl("bacnet", "127.0.0.1", 0)
PATIENCE = 20.0
"""Seconds a scan may listen that ends by itself once it has what it wants."""
SILENCE = 1.5
"""Seconds to listen where nobody, or nobody else, is to come."""


async def first(count: int, *asked: Any) -> list[FoundInstance]:
    """The first ``count`` devices of a scan, by instance; the rest is not waited for."""
    found: list[FoundInstance] = []
    async with aclosing(scan(*asked, seconds=PATIENCE)) as devices:
        async for device in devices:
            found.append(device)
            if len(found) == count:
                break
    return sorted(found, key=lambda device: (device.instance, device.address))


async def all_of(*asked: Any) -> list[FoundInstance]:
    return [device async for device in scan(*asked, seconds=SILENCE)]


def places(server: BacnetServer) -> list[tuple[str, int]]:
    return [parse_address(server.address(instance)).place for instance in server.units]


async def test_devices_say_who_they_are(server: BacnetServer) -> None:
    found = await first(2, HERE, places(server))
    assert found == [
        FoundInstance(number, server.address(number), 999, f"ahu-{number}", "air-handler", "plantgate")
        for number in (2001, 2002)
    ]


async def test_without_targets_the_host_of_the_link_is_asked(server: BacnetServer) -> None:
    host, port = places(server)[0]
    found = await first(1, LinkUrl("bacnet", host, port))
    assert [device.instance for device in found] == [2001]


@pytest.mark.parametrize(("low", "high", "found"), [(0, 2001, [2001]), (2002, 2002, [2002]), (3000, 4000, [])])
async def test_only_the_range_answers(server: BacnetServer, low: int, high: int, found: list[int]) -> None:
    answers = await all_of(HERE, places(server), low, high)
    assert [device.instance for device in answers] == found


async def test_two_devices_with_one_instance_are_both_shown(server: BacnetServer, units: list[BacnetUnit]) -> None:
    async with BacnetServer([BacnetUnit(units[0].template, 2001, "twin")]) as other:
        found = await first(3, HERE, [*places(server), *places(other)])
    assert [device.instance for device in found] == [2001, 2001, 2002]


async def test_nonsense_and_silence_do_not_end_a_scan(server: BacnetServer, units: list[BacnetUnit]) -> None:
    units[0].faults.add("nonsense")
    found = await first(1, HERE, places(server))
    assert [device.instance for device in found] == [2002]


async def test_a_device_without_names_is_still_found(server: BacnetServer, units: list[BacnetUnit]) -> None:
    units[0].faults.add("error")
    found = await first(2, HERE, places(server))
    assert [(device.instance, device.name) for device in found] == [(2001, ""), (2002, "ahu-2002")]


def test_loopback_and_strangers_have_no_broadcast() -> None:
    assert (broadcast_of("127.0.0.1"), broadcast_of("192.0.2.1")) == (None, None)


async def test_a_broadcast_reaches_devices_even_where_the_port_is_kept_from_us(units: list[BacnetUnit]) -> None:
    async with BacnetServer(units[:1], host="") as everywhere:
        port = parse_address(everywhere.address(2001)).port
        url = LinkUrl("bacnet", "127.0.0.1", port, {"broadcast": "127.255.255.255"})
        with capture_logs() as logs:
            found = await first(1, url)
    assert [(device.instance, device.address) for device in found] == [(2001, f"127.0.0.1:{port}/2001")]
    assert [entry["event"] for entry in logs] == ["bacnet.deaf"]
