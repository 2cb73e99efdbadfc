"""What a device template says: its points, where each is on the wire and how it is coded. Data only.

``config.assembly.template`` builds these from YAML; drivers and emulators read them.
"""

from drivers.templates.device import PERIODS, Device
from drivers.templates.source import (
    REGISTERS,
    Area,
    BacnetSource,
    ByteOrder,
    Coding,
    ModbusSource,
    Place,
    RawSet,
    Table,
    WordOrder,
)
from drivers.templates.template import Offer, PointWrite, Template, TemplateCommand, TemplatePoint, Vector, WordWrite

__all__ = [
    "PERIODS",
    "REGISTERS",
    "Area",
    "BacnetSource",
    "ByteOrder",
    "Coding",
    "Device",
    "ModbusSource",
    "Offer",
    "Place",
    "PointWrite",
    "RawSet",
    "Table",
    "Template",
    "TemplateCommand",
    "TemplatePoint",
    "Vector",
    "WordOrder",
    "WordWrite",
]
