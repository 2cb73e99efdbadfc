"""``plantgate status``: one look at the running gateway."""

import argparse
import asyncio
from typing import Any

from agent.api.local.client import ask
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.shell.place import state_directory
from agent.cli.views.clock import untrusted_lines
from agent.cli.views.lines import debt_line, stuck
from agent.cli.views.link_table import error_words, link_rows, link_table, state_words
from rules.people import INPUT

SECONDS_A_DAY = 86_400.0


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.flag("--links")
    to.state()


def run(options: argparse.Namespace, console: Console) -> int:
    """Print the picture, or with ``--links`` its wires only; exit code 1 when something shown needs attention."""
    status = asyncio.run(ask(state_directory(options.state), "status"))
    if options.links:
        _show_links(status["links"], console)
        return int(wires_need_attention(status["links"]))
    if console.as_json:
        console.emit(status)
    else:
        _Report(console).show(status)
    return int(needs_attention(status))


def _show_links(links: dict[str, Any], console: Console) -> None:
    if console.as_json:
        for row in link_rows(links, console):
            console.emit(row)
    else:
        for line in link_table(links, console):
            console.line(line)


def needs_attention(status: dict[str, Any]) -> bool:
    """Whether a link, a device, the uplink or the store does not work, or something forbids commands."""
    forbidden = status["hold"] or status["hold_input"] or status["disarmed"] or any(map(stuck, status["debts"]))
    unsafe = forbidden or status["unarmed"] or status["unscheduled"]
    troubled = unsafe or status["degraded"] or status["store"]["tight"] or not status["uplink"]["connected"]
    return bool(troubled) or wires_need_attention(status["links"])


def wires_need_attention(links: dict[str, Any]) -> bool:
    """Whether a link or a device does not answer."""
    devices = (device for link in links.values() for device in link["devices"].values())
    return any(part["online"] is False for part in (*links.values(), *devices))


class _Report:
    """The status as lines, top to bottom: gateway, what stands against commands, wires, points, journal, uplink."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, status: dict[str, Any]) -> None:
        uptime = self._console.texts.duration(status["uptime"])
        self._say("status.gateway", **{key: status[key] for key in ("gateway", "site", "version")}, uptime=uptime)
        self._forbidden(status)
        for line in untrusted_lines(status, self._console):
            self._console.line(line)
        for name, link in status["links"].items():
            self._say("status.link", link=name, state=self._state(link["online"]), detail=self._error(link))
            for device, counts in link["devices"].items():
                self._device(device, counts)
        self._say("status.points", **status["points"])
        self._journal(status)
        self._requests(status)
        self._say("status.counts", alarms=status["alarms"], orders=status["orders"])
        self._services(status)
        self._declared(status)

    def _forbidden(self, status: dict[str, Any]) -> None:
        """Whoever commands or works at a machine reads this first."""
        held, source = status["hold"], status["hold_input"]
        if held is not None and held["by"] != INPUT:
            self._warn("status.held", by=held["by"], reason=held["reason"])
        elif held is not None or source:
            self._warn("status.held-input" if source else "status.held-by-input", point=source or held["reason"])
        if status["disarmed"]:
            self._warn("disarmed.standing", why=status["disarmed"])
        for name, codes in status["unarmed"].items():
            self._warn("status.unarmed", equipment=name, count=len(codes))
        for one in status["lockouts"]:
            code = "disarmed.lockout" if one["confirmed"] else "status.locking"
            machines = self._console.texts.listed(one["waits"])
            self._say(code, equipment=one["equipment"], detail=one["by"], machines=machines)
        for debt in status["debts"]:
            self._console.line(debt_line(debt, self._console))

    def _services(self, status: dict[str, Any]) -> None:
        for one in status["services"]:
            if one["hours"] is not None and one["last"] is not None:
                self._say(
                    "status.service", equipment=one["equipment"], hours=f"{one['hours']:.6g}", by=one["last"]["by"]
                )

    def _declared(self, status: dict[str, Any]) -> None:
        for name in status["unscheduled"]:
            self._say("status.unscheduled", procedure=name)
        for equipment, relation, reason in status["without"]:
            self._say("status.without", equipment=equipment, relation=relation, reason=reason)

    def _requests(self, status: dict[str, Any]) -> None:
        requests = status["requests"]
        if status["people"] is None:
            self._say("people.none")
        if requests["refused"] or requests["failed"]:
            self._say("status.requests", **requests)

    def _device(self, name: str, counts: dict[str, Any]) -> None:
        shown = {key: counts[key] for key in ("good", "requests", "timeouts", "exceptions")}
        latency, detail = counts["latency_ms"], self._error(counts)
        state = self._state(counts["online"])
        self._say("status.device", device=name, state=state, latency=latency, detail=detail, **shown)

    def _journal(self, status: dict[str, Any]) -> None:
        queue, uplink, store = status["queue"], status["uplink"], status["store"]
        detail = self._console.texts.text(uplink["error"], **uplink["arguments"]) if uplink["error"] else ""
        self._say("status.uplink", broker=uplink["broker"], state=self._state(uplink["connected"]), detail=detail)
        if uplink["certificate_until"] is not None:
            days = (uplink["certificate_until"] - status["clock"]["wall"]) / SECONDS_A_DAY
            self._say("status.certificate", days=f"{days:.0f}")
        if uplink["refused"] or uplink["telemetry_lost"]:
            self._say("status.uplink-losses", refused=uplink["refused"], telemetry=uplink["telemetry_lost"])
        self._store(store)
        if "error" not in queue:
            self._say("status.queue", **{key: queue[key] for key in ("head", "unsent", "unsettled")})
            if queue.get("days_left") is not None:
                self._say("status.queue-health", used=f"{queue['queue_used']:.1f}", days=f"{queue['days_left']:.0f}")
            if not queue["proven"]:
                self._say("status.unproven")

    def _store(self, store: dict[str, Any]) -> None:
        if not store["durable"]:
            error = self._console.texts.outline(store["fault"], store.get("fault_arguments"))
            self._say("status.volatile", error=error, events=store["volatile_events"])
        elif store["degraded"]:
            error = self._console.texts.outline(store["error"], store.get("error_arguments"))
            self._say("status.degraded", error=error, pending=store["pending_events"])
        if store["tight"]:
            self._say("status.tight")

    def _state(self, online: bool | None) -> str:
        return self._console.paint(*state_words(online, self._console))

    def _error(self, part: dict[str, Any]) -> str:
        return error_words(part["last_error"], self._console) if part["online"] is False else ""

    def _warn(self, code: str, **arguments: object) -> None:
        self._console.line(self._console.paint(self._console.texts.text(code, **arguments), "bold", "red"))

    def _say(self, code: str, **arguments: object) -> None:
        self._console.line(self._console.texts.text(code, **arguments).rstrip())
