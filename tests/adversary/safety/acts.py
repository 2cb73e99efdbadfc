"""What people, sites, devices and clocks do, at random; each act says what it was."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rules.inputs import (
    AbortRun,
    Arm,
    AskRelease,
    ConfirmRelease,
    Extend,
    GiveCommand,
    Hold,
    Input,
    Lockout,
    Settle,
    Shutdown,
    StartRun,
)
from rules.procedure.disarm import reasons_digest
from tests.adversary.safety.world import FIRST, PLACES, SECOND, Files, World

PEOPLE = ("Li", "Wang", "Zhao")
LONGEST = 900.0
"""Seconds that anybody lets what is owed stand beyond the half hour here."""
TOKEN = 600.0
Act = Callable[["People"], str]


class People:
    """Everybody who acts, and what they were told."""

    def __init__(self, world: World) -> None:
        self.world, self.random = world, world.random
        self.number = 0
        self.tokens: dict[str, tuple[str, str, str, float]] = {}
        """Token -> equipment, owner, who asked, when."""

    def one(self) -> str:
        return self.random.choice(PEOPLE)

    def name(self) -> str:
        return self.random.choice([file.name for file in self.world.files] or ["set-1"])

    def thing(self) -> str:
        return self.random.choice([self.name(), self.name(), "mains", "board"])

    def serial(self) -> str:
        return self.random.choice(["A1", "B2"])

    def ask(self, request: Input, then: Callable[[], object] = lambda: None) -> bool:
        """Whether it was stored and not refused; ``then`` is what that means to everybody."""
        told = self.world.put(request)
        if told == []:
            then()
        self.world.carry_out()
        return told == []


# --- people at the gateway


def command(people: People) -> str:
    verb = people.random.choice(["manual", "manual", "start", "stop", "auto"])
    people.number += 1
    seconds, reason = people.random.choice([(0.0, ""), (60.0, ""), (60.0, ""), (1800.0 + LONGEST, "load test")])
    name = people.name()
    done = people.ask(GiveCommand(f"hand-{people.number}", name, verb, people.one(), seconds=seconds, reason=reason))
    return f"{verb} {name} {done}"


def hand_start(people: People) -> str:
    """What a person does who wants it to run."""
    told = []
    for verb in ("manual", "start"):
        people.number += 1
        name = people.world.files[0].name if people.world.files else "set-1"
        told.append(people.ask(GiveCommand(f"hand-{people.number}", name, verb, "Li", seconds=120.0)))
        people.world.live(4, 1)
    return f"started by hand {told}"


def test(people: People) -> str:
    name = people.name()
    done = people.ask(StartRun("generator-weekly", name, people.one()))
    people.world.live(people.random.choice([2, 10, 30]), 1)
    return f"test {name} {done}"


def abort(people: People) -> str:
    for run in list(people.world.state.procedures.runs.values()):
        people.ask(AbortRun(run.id, people.one()))
    return "abort"


def extend(people: People) -> str:
    for key in list(people.world.state.procedures.obligations):
        people.ask(Extend(key, people.random.uniform(1, LONGEST), people.one(), "load test"))
    return "extend"


def shutdown(people: People) -> str:
    people.ask(Shutdown("system"))
    return "shutdown"


def lock(people: People) -> str:
    thing, by = people.thing(), people.one()
    return f"lock {thing} {by} {people.ask(Lockout(thing, by, 'work'))}"


def unlock(people: People) -> str:
    """Mostly those who have locked; sometimes somebody else tries."""
    locks = people.world.opinion.locks
    thing, owner = people.random.choice(sorted(locks) or [("mains", "Li")])
    by = owner if people.random.random() < 0.8 else people.one()
    done = people.ask(Lockout(thing, by, release=True), lambda: locks.pop((thing, by), None))
    return f"unlock {thing} {by} {done}"


def ask_release(people: People) -> str:
    thing, owner = people.random.choice(sorted(people.world.opinion.locks) or [("mains", "Li")])
    by, people.number = people.one(), people.number + 1
    token = f"t{people.number}"
    done = people.ask(AskRelease(thing, owner, by, people.random.choice(["called", ""]), token))
    if done:
        people.tokens[token] = (thing, owner, by, people.world.true_time)
    return f"ask release {thing} {owner} {by} {done}"


def confirm_release(people: People) -> str:
    token = people.random.choice(sorted(people.tokens) or ["t"])
    by = people.one()
    thing, owner, asker, since = people.tokens.get(token, ("", "", "", 0.0))
    done = people.ask(ConfirmRelease(token, by), lambda: people.world.opinion.locks.pop((thing, owner), None))
    if done:
        if by != asker or owner == asker or people.world.true_time - since > TOKEN:
            people.world.opinion.faults.append(f"{by} released {thing} of {owner} by a token of {asker}")
        people.tokens.pop(token, None)
    return f"confirm release {token} {by} {done}"


def hold(people: People) -> str:
    return f"hold {people.ask(Hold(people.one(), 'people in the shaft'))}"


def unhold(people: People) -> str:
    opinion = people.world.opinion
    done = people.ask(Hold(people.one(), "over", release=True), lambda: setattr(opinion, "held", False))
    if done and opinion.key is True:
        opinion.faults.append("a hold was released while its key holds")
    return f"unhold {done}"


def arm(people: People) -> str:
    """An engineer compares what the gateway remembers with every machine and every lock there is, then arms."""
    world, opinion = people.world, people.world.opinion
    known = world.state.procedures
    if known.disarmed is None:
        return "arm: not disarmed"
    for thing, by in sorted(opinion.locks):
        spot, file = opinion.locks[thing, by].spot, world.file(thing)
        if spot is not None and (file is None or file.place != spot.place):
            # What was locked has another name by now: its owner is told, and begins anew.
            del opinion.locks[thing, by]
        elif f"{thing}/{by}" not in known.lockouts and not people.ask(Lockout(thing, by, "again")):
            return "arm: a lock-out that the gateway does not take"
    if opinion.held and world.state.procedures.hold is None:
        people.ask(Hold("Wang", "again"))
    for serial in sorted({*world.debtors, *opinion.moved}):
        put_right(world, serial)
    done = people.ask(Arm("Wang", "seen every machine", reasons_digest(world.state.procedures)), opinion.armed)
    return f"arm {done}"


def settle(people: People) -> str:
    """An engineer goes to the machine, puts it right, and says so."""
    world, procedures = people.world, people.world.state.procedures
    names = [one.debt for one in procedures.orphans] + [f"owed/{key}" for key in procedures.obligations]
    debt = people.random.choice(sorted(names) or ["owed/none"])
    kind, _, key = debt.partition("/")
    machines = [one.machines for one in procedures.orphans if one.debt == debt]
    machines += [one.machines for one in procedures.obligations.values() if debt == f"owed/{one.key}"]
    done = people.ask(Settle(debt, people.one(), "seen"))
    if done:
        world.count("settled")
        for target in (target for found in machines for target in found if kind != "lockout"):
            for serial in {target.serial, world.wiring.get(target.wire, "")} & world.machines.keys():
                put_right(world, serial)
        if kind == "lockout":
            thing, _, by = key.rpartition("/")
            world.opinion.locks.pop((thing, by), None)
    return f"settle {debt} {done}"


def put_right(world: World, serial: str) -> None:
    machine = world.machines[serial]
    world.machines[serial] = replace(
        machine, mode="auto", asked=False, local=False, emergency_stop=False, shutdown=False
    )
    world.debtors.discard(serial)
    world.opinion.put_right(serial)


# --- people at the machine, and the machine


def turn(people: People) -> str:
    serial, mode = people.serial(), people.random.choice(["off", "stop", "manual", "auto", "auto"])
    people.world.machines[serial].mode, people.world.machines[serial].asked = mode, False
    return f"turn {serial} {mode}"


def contact(people: People) -> str:
    serial = people.serial()
    name, on = people.random.choice(["emergency_stop", "local", "shutdown"]), people.random.random() < 0.4
    setattr(people.world.machines[serial], name, on)
    return f"{name} {serial} {on}"


def obeys(people: People) -> str:
    serial = people.serial()
    people.world.machines[serial].obeys = people.random.random() < 0.7
    return f"obeys {serial} {people.world.machines[serial].obeys}"


def load(people: People) -> str:
    serial = people.serial()
    people.world.machines[serial].load = people.random.choice([0.0, 0.0, 30.0])
    return f"load {serial}"


def role(people: People) -> str:
    name = people.random.choice(["fuel", "battery_voltage", "mode", "load", "state"])
    bad: dict[str, float | str | None] = {"fuel": 10.0, "battery_voltage": 20.0}
    people.world.missing = people.random.choice([{}, {}, {name: None}, {name: bad.get(name)}])
    return f"told {people.world.missing}"


# --- the plant


def mains(people: People) -> str:
    people.world.mains = people.random.choice([True, True, False, None])
    return f"mains {people.world.mains}"


def fire(people: People) -> str:
    people.world.fire = people.random.choice([False, False, True, None])
    return f"fire {people.world.fire}"


def key(people: People) -> str:
    people.world.key = people.random.choice([False, False, False, True, None])
    return f"key {people.world.key}"


def silence(people: People) -> str:
    people.world.silent = people.random.choice([set[str](), set[str](), {PLACES[0]}, {PLACES[1]}])
    return f"silent {sorted(people.world.silent)}"


def late(people: People) -> str:
    """An answer that is sampled now arrives with the next."""
    world = people.world
    place = people.random.choice(PLACES[:2])
    world.stale[place] = (world.values(world.wiring[place]), world.now, world.true_time)
    return f"late {place}"


def busy(people: People) -> str:
    """The wire keeps commands waiting, or gives them way."""
    people.world.busy = not people.world.busy
    people.world.carry_out()
    return f"busy {people.world.busy}"


def exchange(people: People) -> str:
    """Two controllers are exchanged."""
    wiring, (one, other) = people.world.wiring, people.random.sample(PLACES, 2)
    wiring[one], wiring[other] = wiring[other], wiring[one]
    return f"exchange {one} {other}"


# --- the gateway's own fate


def kill(people: People) -> str:
    _off(people, 3.0)
    people.world.restart()
    return "kill"


def kill_at_commit(people: People) -> str:
    people.world.crash = people.random.choice(["before", "after"])
    return f"will be killed {people.world.crash}"


def power_cut(people: People) -> str:
    world, off = people.world, people.random.choice([5.0, 300.0, 7200.0])
    _off(people, off)
    world.boot, world.mono = f"b{people.number}-{world.true_time}", 5.0
    world.trusted = people.random.random() < 0.5
    world.restart(files=edited(people) if people.random.random() < 0.3 else None)
    return f"power cut {off} {world.trusted} {world.files}"


def _off(people: People, seconds: float) -> None:
    people.world.true_time += seconds
    people.world.mono += seconds
    people.tokens.clear()


def clock(people: People) -> str:
    people.world.trusted = True
    return "clock is set"


def snapshot(people: People) -> str:
    people.world.snapshots.append(dict(people.world.store))
    return "snapshot"


def restore(people: People) -> str:
    """The storage of another day is put back: another epoch, disarmed."""
    world = people.world
    if not world.snapshots or not world.durable:
        return "no snapshot"
    world.epochs += 1
    world.epoch = f"e{world.epochs}"
    world.opinion.disarmed = True
    people.tokens.clear()
    world.restart(store=people.random.choice(world.snapshots))
    return "restored"


def disk(people: People) -> str:
    if people.world.durable:
        people.world.disk_dies()
        return "the disk dies"
    people.world.disk_mends()
    return "the disk is well"


# --- the files


def edited(people: People) -> Files:
    """The files after a foolish or an honest edit."""
    files = list(people.world.files)
    index = people.random.randrange(len(files)) if files else 0
    one = files[index] if files else FIRST
    new = [
        replace(one, name=f"{one.name}x" if len(one.name) < 8 else "set-1"),
        replace(one, place=people.random.choice(PLACES)),
        replace(one, serial=people.world.wiring[one.place]),
        replace(one, supply=people.random.choice(["tower", "annex"])),
        replace(one, unarmed=not one.unarmed),
    ]
    choice = people.random.randrange(len(new) + 3)
    if choice < len(new):
        files[index : index + 1] = [new[choice]]
    elif choice == len(new) and len(files) > 1:
        del files[index]
    elif choice == len(new) + 1 and len(files) > 1:
        files = [replace(files[0], name=files[1].name), replace(files[1], name=files[0].name)]
    else:
        return (FIRST, SECOND)
    # Two names of one device, or two equipment of one name, check refuses outright.
    unique = len({file.name for file in files}) == len({file.place for file in files}) == len(files)
    return tuple(files) if unique else people.world.files


def reload(people: People) -> str:
    files = edited(people)
    done = people.world.reload(files)
    people.world.count(f"reload {'done' if done else 'refused'}")
    return f"reload {done} {files if done else ''}"


def edit_and_kill(people: People) -> str:
    _off(people, 3.0)
    people.world.restart(files=edited(people))
    return f"edit and kill {people.world.files}"


# --- time


def moments(people: People) -> str:
    people.world.live(people.random.randint(1, 6), 1)
    return "moments"


def minutes(people: People) -> str:
    people.world.live(people.random.choice([30, 120]), 3)
    return "minutes"


def half_an_hour(people: People) -> str:
    people.world.live(2000, 25)
    return "half an hour"


def all_is_well(people: People) -> str:
    """Everything that is broken is mended, so that something may happen again."""
    world = people.world
    world.mains, world.fire, world.key, world.silent, world.missing = True, False, False, set(), {}
    world.busy = False
    for serial, machine in world.machines.items():
        world.machines[serial] = replace(
            machine, obeys=True, load=0.0, local=False, emergency_stop=False, shutdown=False
        )
    world.live(3, 1)
    for thing, by in sorted(world.opinion.locks):
        people.ask(Lockout(thing, by, release=True), partial(world.opinion.locks.pop, (thing, by), None))
    unhold(people)
    arm(people)
    world.live(3, 1)
    return "all is well"


def put_back(people: People) -> str:
    """The controllers stand where they belong, and the files say so; what is orphaned gets settled."""
    world = people.world
    world.wiring = {PLACES[0]: "A1", PLACES[1]: "B2", PLACES[2]: "C3"}
    _off(people, 3.0)
    world.restart(files=(FIRST, SECOND))
    world.live(3, 1)
    for _ in range(3):
        settle(people)
    return "put back"


WEIGHTS: dict[Act, int] = {
    command: 14,
    hand_start: 8,
    test: 8,
    abort: 1,
    extend: 2,
    shutdown: 1,
    lock: 5,
    unlock: 5,
    ask_release: 2,
    confirm_release: 2,
    hold: 2,
    unhold: 3,
    arm: 3,
    settle: 3,
    turn: 5,
    contact: 3,
    obeys: 2,
    load: 2,
    role: 3,
    mains: 3,
    fire: 3,
    key: 2,
    silence: 3,
    late: 3,
    busy: 8,
    exchange: 1,
    kill: 4,
    kill_at_commit: 8,
    power_cut: 3,
    clock: 1,
    snapshot: 2,
    restore: 1,
    disk: 2,
    reload: 3,
    edit_and_kill: 2,
    moments: 24,
    minutes: 6,
    half_an_hour: 1,
    all_is_well: 10,
    put_back: 2,
}
