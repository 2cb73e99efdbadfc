"""BACnet devices without hardware: several on one loopback address, each on a port of its own."""

from emulators.bacnet.server import BacnetServer
from emulators.bacnet.unit import AcceptedWrite, BacnetUnit

__all__ = ["AcceptedWrite", "BacnetServer", "BacnetUnit"]
