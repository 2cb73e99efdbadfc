"""A Modbus point of a template: whether a value can lie where it is said to lie and be coded as it is said to be."""

from config.assembly.point import PointBuilder
from config.reading.files import Files, Loaded
from config.reading.yamlfile import Path
from config.schema.place import At
from config.schema.template import PointFields, TemplateFile
from drivers.codec import BIT_TABLES
from drivers.codec.decode import number_of
from drivers.points import Kind
from drivers.templates import REGISTERS, Coding, ModbusSource, RawSet, TemplatePoint, WordOrder

LAST_ADDRESS = 65535
"""Highest Modbus address on the wire."""
_WORD_BITS = 16
_CARRIERS = frozenset({Coding.BIT, Coding.U16, Coding.U32, Coding.U64})
"""Types of the registers that bits may be part of."""
_FLOATS = frozenset({Coding.F32, Coding.F64})


class ModbusPointBuilder(PointBuilder):
    """A value in registers or bits."""

    def __init__(self, fields: PointFields, at: At, path: Path, loaded: Loaded[TemplateFile], files: Files) -> None:
        super().__init__(fields, path, loaded, files)
        self.at = at
        self.template = loaded.fields
        self.base = loaded.fields.base or 0

    def build(self) -> TemplatePoint | None:
        """The point; None after findings."""
        before = len(self.files.findings)
        self._check_type()
        if len(self.files.findings) > before:
            return None
        self._check_bits()
        self._check_address()
        self._check_kind()
        self._check_raw()
        self._check_needs()
        if len(self.files.findings) > before:
            return None
        source = self._source()
        self._check_range(source)
        return None if len(self.files.findings) > before else self._point(source)

    @property
    def is_bits(self) -> bool:
        """Whether it is less than a register."""
        return self.at.bit is not None or self.at.table in BIT_TABLES

    @property
    def type(self) -> Coding:
        """How the value is coded; of bits, the type of the registers they are part of."""
        return self.fields.type or Coding.BIT

    @property
    def kind(self) -> Kind:
        """What the file says, or what such a coding usually is."""
        if self.fields.kind:
            return self.fields.kind
        if self.fields.states:
            return Kind.ENUM
        if self.type is Coding.TEXT:
            return Kind.TEXT
        return Kind.BINARY if self.is_bits and self.at.width == 1 else Kind.ANALOG

    @property
    def words(self) -> int:
        """Registers of the value; of bits, those they are part of."""
        return REGISTERS[self.type] * (self.fields.length or 1)

    def _check_type(self) -> None:
        if self.is_bits and (self.type not in _CARRIERS or (self.at.table in BIT_TABLES and self.type != Coding.BIT)):
            self._report("template.type-not-bit", "type")
        if not self.is_bits and self.type is Coding.BIT:
            known = [coding.value for coding in Coding if coding is not Coding.BIT]
            self._report("template.type-missing", "type", known=", ".join(known))
        if (self.fields.length is not None) != (self.type is Coding.TEXT):
            self._report("template.length", "length")

    def _check_bits(self) -> None:
        """Bits lie within one register, however wide the value they are part of."""
        if self.at.bit is None:
            return
        last = self.at.bit + self.at.width - 1
        if last >= _WORD_BITS * self.words:
            self._report("template.bit", "at", bit=last)
        elif last // _WORD_BITS != self.at.bit // _WORD_BITS:
            self._report("template.bits", "at")

    def _check_address(self) -> None:
        number = self.at.number
        last = number - self.base + self.words - 1
        if number < self.base or last > LAST_ADDRESS:
            self._report("template.address", "at", first=self.base, last=LAST_ADDRESS + self.base)

    def _check_kind(self) -> None:
        kind, one_bit = self.kind, self.is_bits and self.at.width == 1
        scaled = (self.fields.scale, self.fields.offset) != (1.0, 0.0) or bool(self.needs)
        wrong = (
            (kind is Kind.ENUM) != bool(self.fields.states)
            or (kind is Kind.TEXT) != (self.type is Coding.TEXT)
            or (kind is Kind.BINARY and (scaled or self.at.width > 1 or not (self.is_bits or self.type is Coding.U16)))
            or (one_bit and kind not in (Kind.BINARY, Kind.ENUM))
            or (kind in (Kind.ENUM, Kind.TEXT) and (scaled or self.type in _FLOATS))
        )
        if wrong:
            self._report("template.kind", "kind", kind=kind.value)

    @property
    def needs(self) -> str:
        """The point it cannot do without."""
        return self.fields.scale_from or self.fields.decimals_from or ""

    def _check_needs(self) -> None:
        if self.fields.scale_from and self.fields.decimals_from:
            self._report("template.two-needs", "decimals_from")

    @property
    def largest(self) -> int:
        """The largest raw number."""
        return (1 << (self.at.width if self.is_bits else _WORD_BITS * self.words)) - 1

    def _check_raw(self) -> None:
        self._check_numbers(self.largest)
        for key in ("invalid", "sensor_fault"):
            for index, raw in enumerate(getattr(self.fields, key) or ()):
                highest = raw if isinstance(raw, int) else raw.stop - 1
                if highest > self.largest:
                    self._report("template.raw", key, index, value=highest, limit=self.largest)

    def _check_range(self, source: ModbusSource) -> None:
        """The range of the values can be reached with the registers there are."""
        if self.fields.range is None or self.type in _FLOATS or self.type is Coding.TEXT or source.needs:
            return
        number = number_of(source)
        raws = (0, self.largest, self.largest >> 1, (self.largest >> 1) + 1)
        ends = [number(raw) if number else raw for raw in raws]
        reached = sorted(end * source.scale + source.offset for end in ends if end is not None)
        low, high = self.fields.range
        if low < reached[0] - abs(source.scale) or high > reached[-1] + abs(source.scale):
            arguments = {"low": f"{reached[0]:g}", "high": f"{reached[-1]:g}"}
            self._report("template.range-beyond", "range", **arguments)
        elif high - low < abs(source.scale):
            self._report("template.range-narrow", "range", scale=f"{source.scale:g}")

    def _source(self) -> ModbusSource:
        fields, template = self.fields, self.template
        word_order = fields.word_order or template.word_order
        invalid, register = self._sentinels()
        address, bit = self._place(word_order)
        return ModbusSource(
            table=self.at.table,
            address=address,
            type=Coding.BIT if self.is_bits else self.type,
            bit=bit,
            word_order=word_order,
            scale=fields.scale,
            offset=fields.offset,
            invalid=invalid,
            states=self._states(),
            width=self.at.width,
            length=fields.length or 1,
            byte_order=fields.byte_order or template.byte_order,
            scale_from=fields.scale_from or "",
            decimals_from=fields.decimals_from or "",
            sensor_fault=tuple(fields.sensor_fault),
            invalid_register=register,
        )

    def _place(self, word_order: WordOrder) -> tuple[int, int | None]:
        """The address of its first register, and its lowest bit there: bit 21 of 32 is bit 5 of one of two."""
        address = self.at.number - self.base
        if self.at.bit is None:
            return address, None
        above, bit = divmod(self.at.bit, _WORD_BITS)
        return address + (above if word_order is WordOrder.LITTLE else self.words - 1 - above), bit

    def _sentinels(self) -> tuple[RawSet, RawSet]:
        """Raw numbers of the value, and of the register it is part of, that mean "not available"."""
        fields, template = self.fields, self.template
        if not self.is_bits:
            own = fields.invalid if fields.invalid is not None else template.invalid.get(self.type, [])
            return tuple(own), ()
        of_register = template.invalid.get(Coding.U16, []) if self.at.table not in BIT_TABLES else []
        return tuple(fields.invalid or ()), tuple(of_register) if fields.invalid is None else ()
