"""Every listener: pacing, unplugging, datagrams."""

import asyncio
import socket
from pathlib import Path

import pytest

from drivers.links import LinkError, driver_for, parse_link
from drivers.modbus.oneshot import read_once
from drivers.points import Reason
from drivers.templates import Device, Table, Template
from emulators.modbus.listen import server_for
from emulators.modbus.pseudo_terminal import ModbusPty
from emulators.modbus.udp import ModbusUdpServer
from emulators.modbus.unit import ModbusUnit


async def test_a_line_is_as_slow_as_its_baud(booster: Template) -> None:
    async with server_for(parse_link("modbus-rtu://?baud=9600"), {1: ModbusUnit(booster)}) as line:
        device = Device("d", "bus", "1", booster)
        driver = driver_for(line.url, [device])
        await driver.open()
        began = asyncio.get_running_loop().time()
        await driver.read(driver.plan(device)[0])
        took = asyncio.get_running_loop().time() - began
        await driver.close()
    assert took >= (8 + 5 + 2 * 12) * 11 / 9600


async def test_a_terminal_is_at_its_link_and_the_link_goes_with_it(booster: Template, tmp_path: Path) -> None:
    link = tmp_path / "by-id"
    async with ModbusPty({1: ModbusUnit(booster)}, str(link)) as line:
        first = link.readlink()
        line.drop()
        assert (await read_once(line.url, 1, Table.HOLDING, 0, 1, timeout=0.1)).reason is Reason.LINK_DOWN
        line.restore()
        assert (await read_once(line.url, 1, Table.HOLDING, 0, 1)).values == (0,)
        assert first.parent == link.readlink().parent
    assert not link.is_symlink()


async def test_a_file_that_is_there_is_not_replaced(booster: Template, tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.write_text("mine", "utf-8")
    with pytest.raises(FileExistsError):
        await ModbusPty({1: ModbusUnit(booster)}, str(port)).__aenter__()
    assert port.read_text("utf-8") == "mine"


async def test_a_late_datagram_is_sent_and_a_rubbish_one_disturbs_nobody(booster: Template) -> None:
    async with ModbusUdpServer({1: ModbusUnit(booster, {"level": 25.0})}) as server:
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.sendto(b"rubbish", ("127.0.0.1", server.port))
        assert (await read_once(server.url, 1, Table.HOLDING, 0, 1)).values == (250,)
        server.drop()
        assert (await read_once(server.url, 1, Table.HOLDING, 0, 1)).reason is Reason.LINK_DOWN
        server.restore()
        assert (await read_once(server.url, 1, Table.HOLDING, 0, 1)).values == (250,)


@pytest.mark.parametrize("listen", ["modbus-tls://127.0.0.1:0", "modbus-rtu://?baud=1"])
def test_what_cannot_be_listened_at(listen: str) -> None:
    with pytest.raises(LinkError):
        server_for(parse_link(listen), {})
