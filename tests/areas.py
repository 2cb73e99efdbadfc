"""Which tests belong to which area: ``make test AREA=rules`` runs those of ``python -m tests.areas rules``."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
AREAS = {
    "rules": ("unit/rules", "adversary/safety", "contract/test_data_files.py", "contract/test_language_page.py"),
    "safety": (
        "unit/rules/procedure", "adversary/safety", "contract/test_life_safety.py", "contract/test_safety_page.py",
    ),
    "config": (
        "unit/config", "contract/test_bad_files.py", "contract/test_classes.py", "contract/test_data_files.py",
        "contract/test_devices_page.py", "contract/test_glossary.py", "contract/test_json_schemas.py",
        "contract/test_template*.py", "mutants",
    ),
    "drivers": (
        "unit/drivers", "unit/agent/links", "adversary/wires", "contract/test_bacnet_*.py",
        "contract/test_driver_conformance.py", "contract/test_isolation.py", "contract/test_line_noise.py",
        "contract/test_lying_devices.py", "contract/test_stacks_on_demand.py", "contract/test_template_plans.py",
    ),
    "emulators": ("unit/emulators", "contract/test_mbpoll.py", "contract/test_templates_served.py"),
    "agent": (
        "unit/agent", "unit/runtime", "unit/systemd", "adversary/disks", "adversary/doors",
        "contract/test_promtool.py",
    ),
    "uplink": (
        "unit/agent/uplink", "unit/headquarters", "unit/runtime/mqtt", "adversary/delivery",
        "contract/test_contract.py",
    ),
    "house": (
        "unit/test_*.py", "contract/test_bench.py", "contract/test_architecture_page.py", "contract/test_pages.py",
        "contract/test_pictures.py", "contract/test_texts.py",
        "contract/test_tasks_page.py",
        "contract/test_decisions.py",
        "contract/test_own_guides.py",
    ),
    "processes": ("acceptance",),
}  # fmt: skip
"""Area -> what of ``tests`` it is made of; every test belongs to one at least."""


def paths(area: str) -> list[Path]:
    """The files and folders of ``area``; raises KeyError."""
    return [path for pattern in AREAS[area] for path in sorted((ROOT / "tests").glob(pattern))]


if __name__ == "__main__":
    if sys.argv[1] not in AREAS:
        sys.exit(f"There is no area {sys.argv[1]!r}; there are: {', '.join(AREAS)}.")
    print(*(path.relative_to(ROOT) for path in paths(sys.argv[1])))
