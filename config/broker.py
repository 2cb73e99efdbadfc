"""The address of a broker, as a person writes it: for a site and for a receiver, which has no files of a site."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def in_clear(broker: str) -> bool:
    """Whether what is said to ``broker`` can be read on the network: no TLS, and not on this machine."""
    try:
        url = urlsplit(broker)
    except ValueError:
        return False  # no address at all, which whoever connects says
    if url.scheme != "mqtt" or url.hostname == "localhost":
        return False
    try:
        return not ip_address(url.hostname or "").is_loopback
    except ValueError:
        return True
