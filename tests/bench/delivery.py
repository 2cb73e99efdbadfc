"""What delivery costs: from a commit to the broker, out of a long backlog, and into headquarters' database."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from agent.journal import Journal
from agent.uplink.publisher import Publisher
from headquarters.contract import protocol
from headquarters.contract.protocol import Envelope, EventMessage
from headquarters.receiver import Receiver, SqliteStore
from rules.effects import Effects
from rules.facts import moment
from runtime.clock import Clock
from runtime.mqtt.client import Broker, Connection, Login
from runtime.mqtt.message import Message
from tests.acceptance.draining import Drained, drain
from tests.acceptance.processes import Bench, wait_until
from tests.bench.process import cpu
from tests.bench.rows import Row, print_rows
from tests.unit.delivery_fakes import IDENTITY, UPLINK, alarm_about, running_task

RATE, STEADY = 100, 10
"""Events a second, and for how many seconds."""
BACKLOG = 40_000
LIVE_EVERY = 0.5
STORED = 40_000
GATEWAYS, TOGETHER = 3, 10_000
COMMITTED_AT_ONCE = 200
TAKEN_AT_ONCE = 200


def rows() -> list[Row]:
    """Measure against a real broker on the loopback."""
    with broker() as url:
        p99 = asyncio.run(steady(url))
        rate, live = asyncio.run(drained(url))
    together, spent = drained_together()
    return [
        (f"delivery over loopback, {RATE} events/s", "measured", "aim"),
        ("commit to another client of the broker, p99", f"{p99 * 1e3:.1f} ms", "<= 30 ms"),
        (f"backlog of {BACKLOG} alarms, drained", f"{rate:.0f}/s", ">= 2000/s"),
        ("the slowest live alarm meanwhile", f"{live:.2f} s", "<= 2 s"),
        (
            f"{GATEWAYS} gateways drained at once, {TOGETHER} events each",
            f"{together.stored / together.seconds:.0f}/s",
            "-",
        ),
        ("events of the past stored before a live alarm, at most", str(together.between), "<= 500"),
        ("commit of a live alarm to its commit at headquarters, p99", f"{together.usual:.2f} s", "<= 2 s"),
        ("CPU of the receiver (listen --json) for each event", f"{spent / together.stored * 1e6:.0f} us", ""),
        ("receiver into SQLite: decode, prove, store, acknowledge", f"{asyncio.run(received()):.0f}/s", ">= 5000/s"),
    ]


def drained_together() -> tuple[Drained, float]:
    """Several gateways at once, as headquarters sees it, and its seconds of CPU."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        try:
            bench.broker()
            receiver, hq = bench.receiver().pid, bench.directory / "hq.db"
            wait_until("store of headquarters", hq.exists)
            before = cpu(receiver)
            url = f"mqtt://127.0.0.1:{bench.broker_port}"
            return asyncio.run(drain(url, hq, bench.directory, GATEWAYS, TOGETHER)), cpu(receiver) - before
        finally:
            bench.close()


@contextmanager
def broker() -> Iterator[str]:
    """A mosquitto of our own."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        try:
            bench.broker()
            yield f"mqtt://127.0.0.1:{bench.broker_port}"
        finally:
            bench.close()


@asynccontextmanager
async def gateway(url: str) -> AsyncIterator[tuple[Journal, Publisher]]:
    """A journal and a publisher that is not running yet."""
    with tempfile.TemporaryDirectory() as directory:
        clock = Clock()
        journal = await Journal.open(Path(directory) / "journal.db", "gw-1", clock)
        uplink = replace(UPLINK, backlog_rate=1e6, consumers=())  # nobody acknowledges here
        try:
            yield journal, Publisher(journal, uplink, IDENTITY, Broker(url, Login("bench-gateway")), clock)
        finally:
            await journal.close()


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[dict[str, float]]:
    """Alarm -> monotonic second at which another client of the broker got it."""
    arrived: dict[str, float] = {}

    async def listen(connection: Connection) -> None:
        while True:
            for message in await connection.receive():
                # Not decoded: the listener shares the processor with what is measured.
                name = message.payload.partition(b'"alarm":"')[2].partition(b'"')[0].decode()
                arrived[name] = time.monotonic()  # noqa: TID251 - measures

    async with Broker(url, Login("bench-listener")).connect() as connection:
        await connection.subscribe(IDENTITY.topics.named("event"))
        async with running_task(listen(connection)):
            yield arrived


async def steady(url: str) -> float:
    """The p99 of the seconds from a commit to its arrival."""
    began: dict[str, float] = {}
    async with listening(url) as arrived, gateway(url) as (journal, publisher), running_task(publisher.run()):
        await until(lambda: publisher.status().connected)
        for number in range(RATE * STEADY):
            name = f"tank-{number}/W01"
            began[name] = time.monotonic()  # noqa: TID251
            await journal.commit(alarm_about(name), Clock().now())
            await asyncio.sleep(max(0.0, 1 / RATE - (time.monotonic() - began[name])))  # noqa: TID251
        await until(lambda: len(arrived) == len(began))
    took = sorted(arrived[name] - began[name] for name in began)
    return took[int(len(took) * 0.99)]


async def drained(url: str) -> tuple[float, float]:
    """Events a second out of a backlog, and the longest way of an alarm that was raised meanwhile."""
    live: dict[str, float] = {}
    async with listening(url) as arrived, gateway(url) as (journal, publisher):
        for first in range(0, BACKLOG, COMMITTED_AT_ONCE):
            facts = [fact for n in range(COMMITTED_AT_ONCE) for fact in alarm_about(f"old-{first + n}/W01").events]
            await journal.commit(Effects(events=facts), Clock().now())
        async with running_task(publisher.run()):
            await until(lambda: bool(arrived))
            began, before = time.monotonic(), len(arrived)  # noqa: TID251
            while len(arrived) < BACKLOG:
                name = f"live-{len(live)}/W01"
                live[name] = time.monotonic()  # noqa: TID251
                await journal.commit(alarm_about(name), Clock().now())
                await asyncio.sleep(LIVE_EVERY)
            took = max(arrived.values()) - began
            await until(lambda: live.keys() <= arrived.keys())
    return (len(arrived) - before) / took, max(arrived[name] - at for name, at in live.items())


class Flood:
    """A connection on which everything has already arrived."""

    protocol = "5"

    def __init__(self, messages: list[Message]) -> None:
        self.done = asyncio.Event()
        self._messages = messages

    @asynccontextmanager
    async def connect(self, will: Message | None = None) -> AsyncIterator[Connection]:
        """Itself."""
        yield self

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        """Confirmed at once."""
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        confirmed.set_result(None)
        return confirmed

    async def subscribe(self, *topics: str) -> None:
        """To everything there is."""

    async def receive(self, limit: int = TAKEN_AT_ONCE) -> list[Message]:
        """The next ones; those before were handled."""
        taken, self._messages = self._messages[:limit], self._messages[limit:]
        if not taken:
            self.done.set()
            await asyncio.Event().wait()
        return taken


async def received() -> float:
    """Events a second that a receiver takes in."""
    flood = Flood(chained())
    with tempfile.TemporaryDirectory() as directory:
        store = await SqliteStore.open(Path(directory) / "hq.db")
        began = time.monotonic()  # noqa: TID251
        async with running_task(Receiver(flood, store, "hq", Clock()).run()):
            await flood.done.wait()
            took = time.monotonic() - began  # noqa: TID251
        await store.close()
    return STORED / took


def chained() -> list[Message]:
    """Alarms as they come from the broker."""
    previous, messages, at = protocol.genesis("gw-1", "e1"), [], moment(Clock().now())
    for seq in range(1, STORED + 1):
        (fact,) = alarm_about(f"tank-{seq % 500}/W01").events
        body = protocol.canonical(asdict(fact))
        digest = protocol.chain(previous, body)
        event = EventMessage("gw-1", "e1", seq, "alarm", digest, previous, Envelope(at, at.wall, True, 1), {})
        messages.append(Message(IDENTITY.topics.named("event"), protocol.encode_event(event, body)))
        previous = digest
    return messages


async def until(condition: Callable[[], bool]) -> None:
    """Wait for other tasks and processes."""
    while not condition():  # noqa: ASYNC110 - a process tells no event
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    print_rows(rows())
