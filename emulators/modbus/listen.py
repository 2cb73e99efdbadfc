"""Which server a link URL asks for."""

import ssl
from collections.abc import Mapping

from drivers.links import LinkError, LinkUrl
from drivers.modbus.options import serial_timing
from emulators.modbus.faults import LIES, RTU_LIES, AnswerFault
from emulators.modbus.framing import RtuRequests
from emulators.modbus.pseudo_terminal import ModbusPty
from emulators.modbus.server import ModbusServer
from emulators.modbus.udp import ModbusUdpServer
from emulators.modbus.unit import ModbusUnit, SharedUnit

_RTU = ("modbus-rtu", "modbus-rtu-tcp")

AnyServer = ModbusServer | ModbusUdpServer | ModbusPty


def server_for(link: LinkUrl, units: Mapping[int, ModbusUnit | SharedUnit]) -> AnyServer:
    """Serve ``units`` where ``link`` points; raises LinkError, OSError (certificate)."""
    match link.scheme:
        case "modbus-udp":
            return ModbusUdpServer(units, link.host, link.port)
        case "modbus-rtu":
            return ModbusPty(units, link.path, serial_timing(link))
        case "modbus-rtu-tcp":
            return ModbusServer(units, link.host, link.port, scheme=link.scheme, framing=RtuRequests)
        case "modbus-tls":
            return ModbusServer(units, link.host, link.port, scheme=link.scheme, tls=_server_context(link))
        case _:
            return ModbusServer(units, link.host, link.port, scheme=link.scheme)


def lies_on(link: LinkUrl) -> Mapping[str, AnswerFault]:
    """What can be lied about on ``link``."""
    return RTU_LIES if link.scheme in _RTU else LIES


def _server_context(link: LinkUrl) -> ssl.SSLContext:
    """Shows the certificate of the options ``cert`` and ``key``."""
    if "cert" not in link.options:
        raise LinkError("emulator.needs-certificate", scheme=link.scheme)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(link.options["cert"], link.options.get("key"))
    return context
