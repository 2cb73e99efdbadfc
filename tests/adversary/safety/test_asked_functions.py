"""Which Modbus functions a running gateway asks for: device identification (0x2B) at commissioning only.

Cheap devices answer a function that they do not know with silence, a stuck line or a reset of their port, so what runs
for years asks nothing but reads and the writes of commands.
"""

from collections import Counter
from dataclasses import dataclass, field

from agent.links.commands import Commands
from agent.links.setup import LinkSetup
from agent.links.task import LinkTask
from drivers.modbus.conversation import Conversation, StreamConversation
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.framing import MbapFraming
from drivers.modbus.scan import scan
from drivers.modbus.transaction import Transactions
from drivers.planner import ROUND_TRIP, Cost
from drivers.templates import Device
from emulators.modbus.unit import ModbusUnit
from rules.effects import Command
from rules.inputs import CommandResult
from runtime.clock import ManualClock
from runtime.supervisor import running
from tests.adversary.safety.test_other_devices import MODBUS, OURS
from tests.unit.agent.links.fakes import FakeSink, storing

IDENTIFICATION = 0x2B
SERIAL = 770
"""First identity register that the template asks for by itself."""


@dataclass
class Wire:
    """A network and its one unit, without sockets and in no time; writes down what is asked of it."""

    unit: ModbusUnit
    silent: bool = False
    asked: list[bytes] = field(default_factory=list)
    place: str = "bench"
    cost: Cost = ROUND_TRIP
    serial: bool = False

    async def connect(self, transactions: Transactions) -> Conversation:
        conversation = StreamConversation(transactions)
        conversation.attach(Line(self, conversation))
        return conversation

    @property
    def functions(self) -> Counter[int]:
        return Counter(request[0] for request in self.asked)


@dataclass
class Line:
    """Answers in the same moment; of a silent unit the deadline has passed at once."""

    wire: Wire
    conversation: Conversation

    def send(self, data: bytes) -> None:
        (frame,) = MbapFraming().feed(data)
        self.wire.asked.append(frame.pdu)
        if self.wire.silent:
            self.conversation.fail(self.conversation.silence(0.0))
        else:
            answer = self.wire.unit.answer(frame.pdu)
            self.conversation.receive(MbapFraming().wrap(frame.unit, frame.transaction or 0, answer))

    def abort(self) -> None: ...


def bench() -> Wire:
    """A device that would say who it is."""
    return Wire(ModbusUnit(MODBUS, {"level": 1.0, **OURS}, identity=("DSE", "7320", "1.2")))


async def test_device_identification_is_asked_at_commissioning_only() -> None:
    wire, clock, told = bench(), ManualClock(mono=0), list[CommandResult]()
    device = Device("set", "bus", "1", MODBUS, 0.5, {"fast": 1.0}, identity=OURS)
    link = LinkTask(LinkSetup("bus", ModbusDriver(wire, [device]), [device], clock, FakeSink()))

    commands = Commands([link], clock, storing(told))

    async def command() -> None:
        commands.put([Command("c", "", "set-1", "move", "set.move", False, clock.now().mono + 20.0)])
        await clock.advance(1)

    async with running({"link": link.run()}):
        await clock.advance(60)
        await command()
        wire.silent = True
        await clock.advance(600)
        await command()
        wire.silent = False
        await clock.advance(60)
        wire.unit.values["serial"] = 1
        await command()
        await clock.advance(60)
        wire.unit.values.update(OURS)
        await clock.advance(60)
        await command()

    assert [result.outcome for result in told] == ["done", "refused", "refused", "done"]
    who = [request for request in wire.asked if int.from_bytes(request[1:3], "big") == SERIAL]
    # At the start, before each command, after the silence, and again and again while another device answers.
    assert (len(who) > 5, wire.functions[3] > 150, wire.functions[6]) == (True, True, 2)
    assert set(wire.functions) == {3, 6}


async def test_a_scan_asks_for_it_and_this_wire_would_show_it() -> None:
    wire = bench()
    driver = ModbusDriver(wire, [])
    await driver.open()
    found = [one async for one in scan(driver, [1])]
    assert (str(found[0].identity), wire.functions[IDENTIFICATION]) == ("DSE 7320 1.2", 1)
