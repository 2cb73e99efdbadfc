"""Lines added to a plant.yaml: where a person would write them, and nothing else touched."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.editing.additions import add_devices, add_link, devices_on, first_link, free_id
from config.errors import ConfigError
from config.reading.yamlfile import read_yaml

HEAD = "site: {id: s}\n"
BLOCK = """\
# head
links:   # wires
  - {id: bus-1, url: "modbus-tcp://a:1"}   # first

# about devices
devices:
- id: one
  link: bus-1
  unit: 1
  # of device one

# about equipment
equipment: []
"""


def added(before: str, after: str) -> list[str]:
    """The lines that came in; fails when any went."""
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert [line for line in changes if line[0] == "-"] == []
    return [line[2:] for line in changes]


def test_a_link_goes_behind_the_last_one() -> None:
    text, name = add_link(BLOCK, "modbus-tcp://b:2")
    assert name == "bus-2"
    assert added(BLOCK, text) == ['  - {id: bus-2, url: "modbus-tcp://b:2"}']
    assert text.splitlines()[3] == '  - {id: bus-2, url: "modbus-tcp://b:2"}'


def test_a_link_that_is_there_is_used() -> None:
    assert add_link(BLOCK, "modbus-tcp://a:1") == (BLOCK, "bus-1")


def test_a_link_is_known_by_what_its_variables_stand_for() -> None:
    text = "variables: {host: {type: host, value: a}}\n" + BLOCK.replace("//a:1", "//${host}:1")
    assert add_link(text, "modbus-tcp://a:1") == (text, "bus-1")


def test_a_device_goes_behind_the_last_one_with_its_comment() -> None:
    text = add_devices(BLOCK, ["{id: two, link: bus-1, unit: 2}", "# unit 3 is not known"])
    assert text.splitlines()[9:13] == [
        "  # of device one",
        "- {id: two, link: bus-1, unit: 2}",
        "# unit 3 is not known",
        "",
    ]


@pytest.mark.parametrize("empty", ["devices: []", "devices: []  # none yet", "devices:   []"])
def test_an_empty_list_becomes_one(empty: str) -> None:
    text = add_devices(f"{HEAD}{empty}\nequipment: []\n", ["{id: one}"])
    assert read_yaml(text.encode(), "plant.yaml").data == {
        "site": {"id": "s"},
        "devices": [{"id": "one"}],
        "equipment": [],
    }


def test_only_comments_leave_an_empty_list_empty() -> None:
    text = add_devices(f"{HEAD}devices: []\n", ["# unit 3"])
    assert read_yaml(text.encode(), "plant.yaml").data == {"site": {"id": "s"}, "devices": []}
    assert "  # unit 3" in text


def test_a_list_that_is_missing_is_begun() -> None:
    text = add_devices(HEAD.rstrip("\n"), ["{id: one}"])
    assert read_yaml(text.encode(), "plant.yaml").data == {"site": {"id": "s"}, "devices": [{"id": "one"}]}


def test_a_list_in_brackets_is_left_to_its_author() -> None:
    with pytest.raises(ConfigError) as caught:
        add_devices(HEAD + "devices: [{id: one}]\n", ["{id: two}"])
    (finding,) = caught.value.findings
    assert (finding.code, finding.place.line if finding.place else 0) == ("site.flow-list", 2)


def test_what_is_there_is_known() -> None:
    assert devices_on(BLOCK, "bus-1") == {"1": "one"}
    assert devices_on(BLOCK, "bus-2") == {}
    assert (first_link(BLOCK, "modbus-tcp://"), first_link(BLOCK, "bacnet://")) == ("bus-1", None)
    assert free_id(BLOCK, "bus") == "bus-2"
    assert free_id(BLOCK, "bus", ["bus-2"]) == "bus-3"


@given(
    before=st.lists(st.sampled_from(["", "# note", "gateway: gw-1", "site: {id: s}"]), unique=True),
    after=st.lists(st.sampled_from(["", "# last", "equipment: []", "packs: [agent]"]), unique=True),
    style=st.sampled_from(["devices: []", "devices:\n  - {id: one}", "devices:\n- id: one\n  unit: 1", ""]),
)
def test_every_layout_keeps_what_it_says(before: list[str], after: list[str], style: str) -> None:
    text = "\n".join([*before, style, *after, "x: 1"])
    data = read_yaml(text.encode(), "plant.yaml").data
    assert isinstance(data, dict)
    new = read_yaml(add_devices(text, ["{id: two}"]).encode(), "plant.yaml").data
    assert new == {**data, "devices": [*data.get("devices", []), {"id": "two"}]}
