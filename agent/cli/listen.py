"""``plantgate listen``: headquarters' receiver, and the audit of what it holds."""

import argparse
import asyncio
import signal
from dataclasses import asdict

from agent.cli.console import Console
from agent.cli.lines import event_line
from agent.clock import Clock
from agent.errors import AgentError, UplinkError, UsageError
from agent.logs import configure
from agent.mqtt import Broker, Login
from agent.receiver import AuditReport, Received, Receiver, SqliteStore, Verdict, audit
from agent.supervisor import running


def run(options: argparse.Namespace, console: Console) -> int:
    """Receive until interrupted, or audit once."""
    if options.audit:
        return _audit(options, console)
    if not (options.broker and options.store):
        raise UsageError("listen.needs-target")
    configure()
    return asyncio.run(_receive(options, console))


async def _receive(options: argparse.Namespace, console: Console) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    broker = _broker(options)
    store = await SqliteStore.open(options.store)
    receiver = Receiver(broker, store, options.consumer, Clock(), lambda received: show(received, console))
    console.say("listen.started", broker=options.broker, consumer=options.consumer, store=options.store)
    try:
        async with running({"receiver": receiver.run()}):
            await stop.wait()
    finally:
        await store.close()
    return 0


def _broker(options: argparse.Namespace) -> Broker:
    if not options.consumer or set(options.consumer) & set("/+#\0"):
        raise UsageError("listen.bad-consumer", consumer=options.consumer)
    try:
        return Broker(options.broker, Login(f"plantgate-listen-{options.consumer}"))
    except UplinkError as error:
        raise UsageError(error.code, **error.arguments) from error


def show(received: Received, console: Console) -> None:
    """Print a new event; say aloud what contradicts or cannot be understood. A repeated delivery is no news."""
    event = received.event
    if event is None:
        console.say("listen.malformed", topic=received.topic, reason=received.reason)
    elif received.verdict is Verdict.CONFLICT:
        console.say("listen.conflict", gateway=event.gateway, epoch=event.epoch, seq=event.seq)
    elif received.verdict is Verdict.NEW:
        console.emit(asdict(event)) if console.as_json else console.line(event_line(asdict(event), console))


def _audit(options: argparse.Namespace, console: Console) -> int:
    if not options.audit.is_file():
        raise AgentError("audit.no-file", path=options.audit)
    report = audit(options.audit)
    totals = totals_of(report)
    if console.as_json:
        console.emit({**totals, "epochs": [asdict(epoch) for epoch in report.epochs]})
        return int(not report.good)
    for epoch in report.epochs:
        console.say("audit.epoch", **asdict(epoch), lost=epoch.lost)
    console.say("audit.total", **totals)
    return int(not report.good)


def totals_of(report: AuditReport) -> dict[str, int]:
    """What an audit amounts to, as numbers."""
    return {
        "events": report.events,
        "orders": report.orders,
        "open_orders": report.open_orders,
        "gaps": sum(len(epoch.gaps) for epoch in report.epochs),
        "lost": report.lost,
        "duplicates": report.doubled,
        "conflicts": report.conflicts,
        "redelivered": report.redelivered,
    }
