"""``plantgate scan``: who is there on a BACnet network."""

import argparse
import asyncio
import ipaddress
from dataclasses import asdict

from agent.cli.console import Console
from agent.cli.usage import seconds
from agent.errors import UsageError
from drivers.links import LinkUrl, parse_link


def run(options: argparse.Namespace, console: Console) -> int:
    """Print every device that answers; 1 when none does."""
    link = _link(options.url)
    # The package brings in its whole stack, which only those who need it shall pay for.
    from drivers.bacnet.scan import scan

    wait = seconds("--timeout", options.timeout)
    console.say("scan.asking", host=link.host, port=link.port, seconds=wait)
    found = asyncio.run(scan(link, seconds=wait))
    for device in found:
        if console.as_json:
            console.emit(asdict(device))
        else:
            vendor = device.vendor_name or device.vendor
            console.line(f"{device.instance:<8} {device.address:<30} {vendor!s:<24} {device.name}")
    console.say("scan.found", count=len(found))
    return int(not found)


def _link(url: str) -> LinkUrl:
    link = parse_link(url)
    try:
        ipaddress.IPv4Address(link.host)
    except ValueError as error:
        raise UsageError("scan.target", url=url) from error
    if link.scheme != "bacnet":
        raise UsageError("scan.target", url=url)
    return link
