from pathlib import Path

import pytest

from runtime.credentials import CREDENTIALS, secret
from runtime.errors import AgentError


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "mqtt.pw").write_text("from systemd\n")
    return {"PW": "from env", CREDENTIALS: str(tmp_path)}


@pytest.mark.parametrize(
    ("reference", "value"),
    [("", ""), ("env:PW", "from env"), ("credential:mqtt.pw", "from systemd"), ("file:{dir}/mqtt.pw", "from systemd")],
)
def test_a_reference_is_read(environment: dict[str, str], reference: str, value: str) -> None:
    assert secret(reference.format(dir=environment[CREDENTIALS]), environment) == value


@pytest.mark.parametrize("reference", ["env:NONE", "file:/none", "credential:none", "plain", "vault:x"])
def test_what_cannot_be_read_names_the_reference(environment: dict[str, str], reference: str) -> None:
    with pytest.raises(AgentError, match=r"secret\.missing") as caught:
        secret(reference, environment)
    assert caught.value.arguments == {"reference": reference}


def test_without_systemd_there_are_no_credentials() -> None:
    with pytest.raises(AgentError):
        secret("credential:mqtt.pw", {})
