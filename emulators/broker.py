"""An MQTT broker inside the process, for trying things out where none is installed: MQTT 3.1.1, nothing kept."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec


def installed() -> bool:
    """Whether the library it is made of is there: it is no part of what a gateway gets (``locks/run.txt``)."""
    return find_spec("amqtt") is not None


@asynccontextmanager
async def serving(port: int) -> AsyncIterator[None]:
    """A broker on 127.0.0.1 while the body runs; leaving it is an outage. Raises OSError when the port is taken."""
    from amqtt.broker import Broker  # only where it is installed

    # The library logs every connection and the end of each at warning level; here that is the show itself.
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    try:
        yield
    finally:
        await broker.shutdown()
