"""The broker of a site, from its configuration; and the question whether it can be reached."""

from config.plant import Plant, Uplink
from runtime.clock import Clock
from runtime.errors import UplinkError
from runtime.mqtt.client import DEADLINE, Broker, Login
from runtime.mqtt.tls import TlsFiles

PROBE = "-doctor"
"""Added to our client name for a look at the broker: under the same name we would throw out the running gateway."""


def uplink_broker(plant: Plant, clock: Clock, suffix: str = "", deadline: float = DEADLINE) -> Broker:
    """The broker of ``plant``."""
    client = f"plantgate-{plant.site.org}-{plant.site.id}-{plant.gateway}{suffix}"
    uplink = plant.uplink
    login = Login(client, uplink.username, uplink.password, trust_of(uplink))
    return Broker(uplink.broker, login, deadline, clock)


def trust_of(uplink: Uplink) -> TlsFiles:
    """What TLS needs for ``uplink``."""
    return TlsFiles(uplink.ca, uplink.certificate, uplink.key)


async def find_trouble(plant: Plant, clock: Clock, deadline: float = DEADLINE) -> UplinkError | None:
    """Connect to the broker of ``plant`` once; what is in the way, or None. Disturbs no running gateway."""
    try:
        async with uplink_broker(plant, clock, PROBE, deadline).connect():
            return None
    except UplinkError as error:
        return error
