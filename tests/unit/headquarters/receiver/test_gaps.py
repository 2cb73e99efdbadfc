"""Which epochs are asked for, beside a gateway that announces what it will never send."""

from itertools import pairwise

from drivers.points import Instant
from headquarters.contract.protocol import State
from headquarters.receiver.gaps import ASKED_TOGETHER, LONGEST_PATIENCE, Gaps

LIAR, HONEST = "acme/tower/gw-1", "acme/tower/gw-2"


def at(seconds: float) -> Instant:
    return Instant("hq", seconds, 1_800_000_000.0 + seconds, True)


def state(gateway: str, epoch: str, head: int) -> State:
    return State(True, gateway.rpartition("/")[2], epoch, head, 0, 1.0, 0)


def test_thousands_of_epochs_of_one_gateway_keep_no_other_waiting() -> None:
    gaps = Gaps()
    for gateway, epochs in ((LIAR, 5000), (HONEST, 1)):
        gaps.heard(gateway)
        for number in range(epochs):
            gaps.stated(gateway, state(gateway, f"e{number}", 2**53), at(0))
    asked = [gaps.due(at(second)) for second in range(1, 200)]
    assert all(sum(gateway == LIAR for gateway, _ in look) <= ASKED_TOGETHER for look in asked)
    moments = [second for second, look in enumerate(asked, 1) if (HONEST, "e0") in look]
    assert moments[0] <= 4
    assert all(later - earlier <= LONGEST_PATIENCE for earlier, later in pairwise(moments))
