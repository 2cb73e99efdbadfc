"""Which box this is, so that a memory card copied into another one is noticed."""

from pathlib import Path

SERIAL = Path("/proc/device-tree/serial-number")
"""Serial number of the board, on boxes with a device tree such as the Raspberry Pi: a copied card does not take it."""
MACHINE_ID = Path("/etc/machine-id")
"""Identity of the installation (machine-id(5)). It is copied with a card unless `systemd-firstboot` made it anew."""


def machine_id(serial: Path = SERIAL, installation: Path = MACHINE_ID) -> str:
    """The board's identity, else the installation's, with its kind in front; empty when the box has neither."""
    for kind, path in (("serial", serial), ("machine", installation)):
        try:
            found = path.read_bytes().strip(b"\0\n ").decode("ascii", "replace")
        except OSError:
            continue
        if found:
            return f"{kind}:{found}"
    return ""
