"""The way to headquarters: what is written about TLS must fit together and to the address of the broker."""

from config.broker import in_clear
from config.plant import TelemetryRates, Uplink
from config.reading.files import Files, Loaded
from config.schema.plant import PlantFile
from drivers.points import Finding

_TLS = ("ca", "certificate", "key")
_AS_FILE = ("file:", "credential:")


def build_uplink(loaded: Loaded[PlantFile], files: Files) -> Uplink:
    """The uplink as written."""
    fields = loaded.fields.uplink
    written = [name for name in _TLS if getattr(fields, name)]
    for name in written:
        place = loaded.file.value(("uplink", name))
        if not getattr(fields, name).startswith(_AS_FILE):
            files.report("uplink.not-a-file", place, key=name)
        if not fields.broker.startswith("mqtts://"):
            secure = fields.broker.replace("mqtt://", "mqtts://")
            files.report("uplink.tls-unused", place, f'broker: "{secure}"', key=name)
    if fields.password and not fields.insecure and in_clear(fields.broker):
        secure = fields.broker.replace("mqtt://", "mqtts://")
        place = loaded.file.value(("uplink", "broker"))
        files.doubts.append(Finding("uplink.password-in-clear", place, {}, f'broker: "{secure}"'))
    if bool(fields.certificate) != bool(fields.key):
        present, absent = ("certificate", "key") if fields.certificate else ("key", "certificate")
        files.report("uplink.half-a-pair", loaded.file.key(("uplink", present)), present=present, absent=absent)
    return Uplink(
        broker=fields.broker,
        consumers=tuple(fields.consumers),
        username=fields.username,
        password=fields.password,
        ca=fields.ca,
        certificate=fields.certificate,
        key=fields.key,
        backlog_rate=float(fields.backlog_rate),
        telemetry=_telemetry(loaded, files),
    )


def _telemetry(loaded: Loaded[PlantFile], files: Files) -> TelemetryRates:
    fields = loaded.fields.uplink.telemetry
    if fields.deadband is None:
        return TelemetryRates(fields.snapshot, fields.changes)
    if fields.deadband.unit.symbol != "%":
        place = loaded.file.value(("uplink", "telemetry", "deadband"))
        files.report("uplink.deadband", place, f"{fields.deadband.value:g} %")
    return TelemetryRates(fields.snapshot, fields.changes, fields.deadband.value)
