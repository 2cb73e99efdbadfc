"""The commands that ask a running gateway, and what they take; each one's help text says what it does."""

import argparse

from agent.cli.shell.options import Options


def write(to: Options) -> None:
    """See ``cli.write.help``."""
    command = to.add("write")
    to.value(command, "equipment", "EQUIPMENT")
    to.value(command, "verb", "COMMAND")
    to.flag(command, "--yes")
    to.value(command, "--by", "NAME", default="")
    to.value(command, "--minutes", "N", type=float, default=0.0)
    to.value(command, "--reason", "TEXT", default="")
    to.state(command)


def status(to: Options) -> None:
    """See ``cli.status.help``."""
    command = to.add("status")
    to.flag(command, "--links")
    to.state(command)


def watch(to: Options) -> None:
    """See ``cli.watch.help``."""
    command = to.add("watch")
    to.value(command, "names", "NAME", nargs="*")
    to.flag(command, "--links")
    to.value(command, "--interval", "SECONDS", default="1 s")
    to.explained(command, "--count", "rounds", metavar="N", type=int, default=None)
    to.explained(command, "--duration", "length", metavar="SECONDS", default=None)
    to.state(command)


def alarms(to: Options) -> None:
    """See ``cli.alarms.help``."""
    command = to.add("alarms")
    to.value(command, "--why", "ALARM", default=None)
    to.state(command)


def orders(to: Options) -> None:
    """See ``cli.orders.help``."""
    command = to.add("orders")
    to.state(command)
    to.value(command, "--close", "ORDER", default=None)
    to.value(command, "--by", "NAME", default="")
    to.value(command, "--note", "TEXT", default="")
    to.value(command, "--reading", "VALUE", default="")


def _about_alarm(to: Options, name: str) -> argparse.ArgumentParser:
    command = to.add(name)
    to.value(command, "alarm", "ALARM")
    to.value(command, "--by", "NAME", default="")
    to.state(command)
    return command


def ack(to: Options) -> None:
    """See ``cli.ack.help``."""
    _about_alarm(to, "ack")


def shelve(to: Options) -> None:
    """See ``cli.shelve.help``."""
    command = _about_alarm(to, "shelve")
    to.value(command, "--for", "TIME", dest="time", required=True)
    to.value(command, "--reason", "TEXT", required=True)


def unshelve(to: Options) -> None:
    """See ``cli.unshelve.help``."""
    _about_alarm(to, "unshelve")


def reset(to: Options) -> None:
    """See ``cli.reset.help``."""
    _about_alarm(to, "reset")


def out_of_service(to: Options) -> None:
    """See ``cli.out-of-service.help``."""
    command = _about_alarm(to, "out-of-service")
    to.value(command, "--reason", "TEXT", default="")
    to.flag(command, "--back")


def start(to: Options) -> None:
    """See ``cli.start.help``."""
    command = to.add("start")
    to.value(command, "procedure", "PROCEDURE")
    to.value(command, "equipment", "EQUIPMENT")
    to.value(command, "--by", "NAME", default="")
    to.state(command)


def abort(to: Options) -> None:
    """See ``cli.abort.help``."""
    command = to.add("abort")
    to.value(command, "run", "RUN")
    to.value(command, "--by", "NAME", default="")
    to.value(command, "--reason", "TEXT", default="")
    to.state(command)


def runs(to: Options) -> None:
    """See ``cli.runs.help``."""
    command = to.add("runs")
    to.value(command, "--report", "RUN", default=None)
    to.state(command)


def debts(to: Options) -> None:
    """See ``cli.debts.help``."""
    to.state(to.add("debts"))


def extend(to: Options) -> None:
    """See ``cli.extend.help``."""
    command = to.add("extend")
    to.value(command, "debt", "DEBT")
    to.value(command, "--minutes", "N", type=float, required=True)
    to.value(command, "--by", "NAME", default="")
    to.value(command, "--reason", "TEXT", required=True)
    to.state(command)


def lockout(to: Options) -> None:
    """See ``cli.lockout.help``."""
    command = to.add("lockout")
    to.value(command, "equipment", "EQUIPMENT", nargs="?", default="")
    to.value(command, "--by", "NAME", default="")
    to.value(command, "--reason", "TEXT", default="")
    to.flag(command, "--release")
    for name in ("owner", "verified", "token"):
        to.value(command, f"--{name}", name.upper(), default="")
    to.state(command)


def hold(to: Options) -> None:
    """See ``cli.hold.help``."""
    command = to.add("hold")
    to.value(command, "--by", "NAME", default="")
    to.value(command, "--reason", "TEXT", default="")
    to.flag(command, "--release")
    to.state(command)


def disarmed(to: Options) -> None:
    """See ``cli.disarmed.help``."""
    to.state(to.add("disarmed"))


def arm(to: Options) -> None:
    """See ``cli.arm.help``."""
    command = to.add("arm")
    to.value(command, "--by", "NAME", default="")
    to.value(command, "--reason", "TEXT", required=True)
    to.value(command, "--seen", "MARK", required=True)
    to.state(command)


def settle(to: Options) -> None:
    """See ``cli.settle.help``."""
    command = to.add("settle")
    to.value(command, "debt", "DEBT")
    to.value(command, "--by", "NAME", default="")
    to.value(command, "--reason", "TEXT", required=True)
    to.state(command)


def reload(to: Options) -> None:
    """See ``cli.reload.help``."""
    to.state(to.add("reload"))
