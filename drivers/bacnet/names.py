"""Names of BACnet object types and properties and their numbers (ASHRAE 135-2020, clause 21). Data only."""

OBJECT_TYPES: dict[str, int] = {
    "analog-input": 0,
    "analog-output": 1,
    "analog-value": 2,
    "binary-input": 3,
    "binary-output": 4,
    "binary-value": 5,
    "device": 8,
    "loop": 12,
    "multi-state-input": 13,
    "multi-state-output": 14,
    "multi-state-value": 19,
    "life-safety-point": 21,
    "life-safety-zone": 22,
    "accumulator": 23,
    "pulse-converter": 24,
    "characterstring-value": 40,
    "integer-value": 45,
    "large-analog-value": 46,
    "positive-integer-value": 48,
    "elevator-group": 57,
    "escalator": 58,
    "lift": 59,
}
"""Object types a template may name."""

PROPERTIES: dict[str, int] = {
    "car-door-status": 450,
    "car-door-zone": 452,
    "car-drive-status": 453,
    "car-load": 454,
    "car-mode": 456,
    "car-moving-direction": 457,
    "car-position": 458,
    "change-of-state-count": 15,
    "database-revision": 155,
    "description": 28,
    "direct-reading": 156,
    "elapsed-active-time": 33,
    "energy-meter": 460,
    "escalator-mode": 462,
    "event-state": 36,
    "fault-signals": 463,
    "firmware-revision": 44,
    "mode": 160,
    "model-name": 70,
    "next-stopping-floor": 476,
    "object-name": 77,
    "operation-direction": 477,
    "operation-expected": 161,
    "out-of-service": 81,
    "passenger-alarm": 478,
    "power-mode": 479,
    "present-value": 85,
    "priority-array": 87,
    "relinquish-default": 104,
    "reliability": 103,
    "silenced": 163,
    "status-flags": 111,
    "system-status": 112,
    "tracking-value": 164,
    "units": 117,
    "vendor-name": 121,
}
"""Properties a template may name."""

PRESENT_VALUE = PROPERTIES["present-value"]
STATUS_FLAGS = PROPERTIES["status-flags"]
RELIABILITY = PROPERTIES["reliability"]
OBJECT_IDENTIFIER = 75
MAX_APDU_LENGTH = 62
OBJECT_NAME = PROPERTIES["object-name"]
MODEL_NAME = PROPERTIES["model-name"]
VENDOR_NAME = PROPERTIES["vendor-name"]
DEVICE = OBJECT_TYPES["device"]

WITHOUT_FLAGS = frozenset({DEVICE, OBJECT_TYPES["elevator-group"]})
"""Object types that have no status-flags."""

LIFE_SAFETY = frozenset({OBJECT_TYPES["life-safety-point"], OBJECT_TYPES["life-safety-zone"]})
"""Their fault state is what they are there to report, so it stays visible."""

MAX_INSTANCE = 4_194_302
"""Highest instance number (clause 12.11)."""
NO_INSTANCE = MAX_INSTANCE + 1
"""Asks whatever device object there is (clause 15.5.2); a device says so that nobody has given a number yet."""
