"""What the emulated equipment does over time. Pure: seconds go in, values come out, the same each time."""

from collections.abc import Callable, Mapping

from emulators.physics.booster import BoosterSet
from emulators.physics.electrode import Electrode
from emulators.physics.fire_panel import FirePanel
from emulators.physics.generator import Generator
from emulators.physics.lift import Lift
from emulators.physics.luminaire import Luminaire
from emulators.physics.mains import Mains
from emulators.physics.model import Building, CommandedModel, Model
from emulators.physics.transfer import TransferSwitch

__all__ = ["MODELS", "BoosterSet", "Building", "CommandedModel", "Model"]

MODELS: Mapping[str, Callable[[Building], Model]] = {
    "booster-set": lambda _: BoosterSet(),
    "mains-meter": Mains,
    "dse-genset": Generator,
    "socomec-atys": TransferSwitch,
    "intesis-dali-luminaire": Luminaire,
    "earth-resistance-generic": lambda _: Electrode(),
    "bacnet-fire-panel": lambda _: FirePanel(),
    "bacnet-lift-gbt24476": lambda _: Lift(),
}
"""Template id -> its physics in a building; templates without one keep the values they are given."""
