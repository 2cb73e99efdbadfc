"""``plantgate listen``: headquarters' receiver, and the audit of what it holds."""

import argparse
import asyncio
import signal
from dataclasses import asdict
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.views.live import LiveView
from config.broker import in_clear
from headquarters.receiver import AuditReport, Receiver, SqliteStore, audit
from runtime.clock import Clock
from runtime.errors import AgentError, UplinkError, UsageError
from runtime.logs import configure
from runtime.mqtt.client import Broker, Login
from runtime.mqtt.tls import TlsFiles
from runtime.supervisor import running

PROGRESS_EVERY = 60.0
"""Seconds between two lines about how far it is, when events are not followed."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("--broker", "URL", default=None)
    to.value("--store", "FILE", type=Path, default=None)
    to.value("--consumer", "NAME", default="hq")
    to.value("--audit", "FILE", type=Path, default=None)
    to.flag("--follow")
    to.value("--username", "NAME", default="")
    for name in ("password", "ca", "certificate", "key"):
        to.value(f"--{name}", "REFERENCE", default="")
    to.flag("--insecure")


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
    broker, clock = _broker(options), Clock()
    view = LiveView(console, follow=options.follow, clock=clock)
    store = await SqliteStore.open(options.store)
    receiver = Receiver(broker, store, options.consumer, clock, view.received, view.announced, view.refused)
    console.say("listen.started", broker=options.broker, consumer=options.consumer, store=options.store)
    try:
        async with running({"receiver": receiver.run(), "progress": _progress(receiver, view, console, clock)}):
            await stop.wait()
    finally:
        await store.close()
    return 0


async def _progress(receiver: Receiver, view: LiveView, console: Console, clock: Clock) -> None:
    told = None
    while True:
        await clock.real_sleep(PROGRESS_EVERY)
        now = (view.stored, receiver.missing())
        if now != told:
            console.say("listen.progress", stored=now[0], missing=now[1])
        told = now


def _broker(options: argparse.Namespace) -> Broker:
    if not options.consumer or set(options.consumer) & set("/+#\0"):
        raise UsageError("listen.bad-consumer", consumer=options.consumer)
    if options.password and not options.insecure and in_clear(options.broker):
        raise UsageError("listen.password-in-clear", broker=options.broker)
    trust = TlsFiles(options.ca, options.certificate, options.key)
    login = Login(f"plantgate-listen-{options.consumer}", options.username, options.password, trust)
    try:
        return Broker(options.broker, login)
    except UplinkError as error:
        raise UsageError(error.code, **error.arguments) from error


def _audit(options: argparse.Namespace, console: Console) -> int:
    if not options.audit.is_file():
        raise AgentError("audit.no-file", path=options.audit)
    report = audit(options.audit)
    totals = totals_of(report)
    if console.as_json:
        console.emit({**totals, "good": report.good, "epochs": [asdict(epoch) for epoch in report.epochs]})
        return int(not report.good)
    for gateway, epochs in report.gateways.items():
        good = all(epoch.good for epoch in epochs)
        verdict = console.texts.text("audit.complete" if good else "audit.incomplete")
        console.say("audit.gateway", gateway=gateway, verdict=console.paint(verdict, "green" if good else "red"))
        for epoch in epochs:
            console.say("audit.epoch", **asdict(epoch), lost=epoch.lost)
            for first, last in epoch.abandoned:
                console.say("audit.abandoned", first=first, last=last)
            for first, last, under in epoch.again:
                console.say("audit.again", first=first, last=last, under=under)
    console.say("audit.total", **totals)
    return int(not report.good)


def totals_of(report: AuditReport) -> dict[str, int]:
    """What an audit amounts to, as numbers."""
    summed = {name: report.total(name) for name in ("lost", "gone", "pending", "conflicts", "redelivered")}
    return {
        "events": report.total("count"),
        "orders": report.orders,
        "open_orders": report.open_orders,
        "doubled_orders": report.doubled_orders,
        "gaps": sum(len(epoch.gaps) for epoch in report.epochs),
        "duplicates": report.doubled,
        **summed,
    }
