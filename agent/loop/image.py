"""The latest reading of each point, and what changed since the last tick."""

from collections.abc import Collection, Iterable, Sequence

from drivers.points import Instant, Quality, Reading, Reason


class Image:
    """The plant as last seen. Links write to it, the ticker takes the changes, everybody may look."""

    def __init__(self, points: Iterable[str], at: Instant, watched: Collection[str] = ()) -> None:
        """Every point begins bad: never read. Of ``watched`` points the engine hears the age too, when it is asked."""
        self._watched = frozenset(watched)
        self._watched_in: dict[str, frozenset[str]] = {}
        self._renewed: set[str] = set()
        self._latest = {point: Reading(point, None, Quality.BAD, Reason.NEVER_READ, at) for point in points}
        self._block_of: dict[str, str] = {}
        self._size_of: dict[str, int] = {}
        self._seen: dict[str, Instant] = {}
        self._changes: list[Reading] = []
        self._points = tuple(self._latest)

    def exchange(
        self, points: Iterable[str], at: Instant, watched: Collection[str], replanned: Collection[str] = ()
    ) -> None:
        """Other points and other watched ones from now on; everything known is to be decided anew.

        The answers that bring ``replanned`` points are not those they came in so far.
        """
        known = self._latest
        self._points = tuple(points)
        self._latest = {
            point: self.latest(point) if point in known else Reading(point, None, Quality.BAD, Reason.NEVER_READ, at)
            for point in self._points
        }
        self._latest |= {point: reading for point, reading in known.items() if point in watched}
        self._watched = frozenset(watched)
        for point in replanned:
            self._size_of.pop(point, None)
        kept = self._block_of.items()
        self._block_of = {point: block for point, block in kept if point in self._latest and block in self._size_of}
        self._watched_in = {block: frozenset() for block in self._size_of}
        for point in self._watched & self._block_of.keys():
            self._watched_in[self._block_of[point]] |= {point}
        self._renewed.clear()
        self._changes = [one for one in self._latest.values() if one.reason is not Reason.NEVER_READ]

    @property
    def changed(self) -> bool:
        """Whether there is something to take that differs from before."""
        return bool(self._changes)

    def update(self, readings: Sequence[Reading], block: str = "") -> bool:
        """Take readings; returns whether any differs from the one before.

        ``block`` names the answer they came in, so that ``refresh`` can renew their times at once.
        """
        latest, changes, before = self._latest, self._changes, len(self._changes)
        for reading in readings:
            old = latest.get(reading.point)
            # True and 1 are equal, and not the same value.
            if old is None or old[1:4] != reading[1:4] or old[1].__class__ is not reading[1].__class__:
                changes.append(reading)
            latest[reading.point] = reading
        if block:
            self._enter(readings, block)
        return len(changes) > before

    def refresh(self, block: str, at: Instant) -> None:
        """Note that the answer ``block`` came again unchanged: its readings are as of ``at``. No work per point."""
        self._seen[block] = at
        if self._watched_in.get(block):
            self._renewed.add(block)

    def take_changes(self) -> list[Reading]:
        """The readings that differ from their predecessors, oldest first, then watched ones that are younger now.

        Forgets them. Younger ones are no reason to decide, but a decision made anyway must know their age.
        """
        taken, self._changes = self._changes, []
        for block in sorted(self._renewed):
            taken += [self.latest(point) for point in sorted(self._watched_in[block])]
        self._renewed.clear()
        return taken

    def latest(self, point: str) -> Reading:
        """The reading of ``point`` with the time it was last seen so; raises KeyError."""
        reading = self._latest[point]
        seen = self._seen.get(self._block_of.get(point, ""))
        # A bad reading keeps its own time: it may be younger than the last answer of its block.
        if seen is None or seen.since(reading.sampled_at) == 0.0:
            return reading
        return reading._replace(sampled_at=seen)

    def readings(self) -> list[Reading]:
        """Every point, those given at the start first."""
        return [self.latest(point) for point in self._latest]

    def counts(self) -> dict[str, int]:
        """How many of the points given at the start have each quality."""
        counts = {quality.name.lower(): 0 for quality in Quality}
        for point in self._points:
            counts[self._latest[point].quality.name.lower()] += 1
        return counts

    def _enter(self, readings: Sequence[Reading], block: str) -> None:
        # A block that was split is entered anew by its shorter answer, under the same name.
        if self._size_of.get(block) != len(readings):
            self._size_of[block] = len(readings)
            points = {reading.point for reading in readings}
            self._block_of |= dict.fromkeys(points, block)
            self._watched_in[block] = self._watched & points
        if self._watched_in[block]:
            self._renewed.add(block)
