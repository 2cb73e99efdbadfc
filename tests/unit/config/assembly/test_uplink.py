"""URLs of brokers as people write them: what is said, and that no suggestion gives up TLS or repeats a password."""

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.site import load_site
from tests.unit.config.conftest import PLANT


@pytest.mark.parametrize(
    ("url", "code", "suggestion"),
    [
        ("ssl://hq.example.org:8883", "value.url", "mqtts://hq.example.org:8883"),
        ("tls://hq.example.org:8884", "value.url", "mqtts://hq.example.org:8884"),
        ("mqtts://hq.example.org", "value.url", "mqtts://hq.example.org:8883"),
        ("tcp://hq.example.org:1883", "value.url", "mqtt://hq.example.org:1883"),
        ("mqtt://hq.example.org", "value.url", "mqtt://hq.example.org:1883"),
        ("hq.example.org", "value.url", "mqtt://hq.example.org:1883"),
        ("mqtts://[fe80::1", "value.url", None),
        ("mqtts://hq.example.org:port", "value.url", None),
        ("http://hq.example.org:80", "value.url", None),
        ("mqtts://gw:hunter2@hq.example.org:8883", "value.url-credentials", None),
        ("ssl://gw:hunter2@hq.example.org:8883", "value.url-credentials", None),
        ("wss://hq.example.org:443", "value.url-websocket", None),
        ("ws://hq.example.org:80", "value.url-websocket", None),
    ],
)
def test_what_is_said_of_a_broker(tmp_path: Path, url: str, code: str, suggestion: str | None) -> None:
    (tmp_path / "plant.yaml").write_text(PLANT.replace("mqtt://127.0.0.1:1883", url), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_site(tmp_path)
    (finding,) = caught.value.findings
    assert (finding.code, finding.suggestion) == (code, suggestion)
    assert "hunter2" not in str(finding.arguments)
