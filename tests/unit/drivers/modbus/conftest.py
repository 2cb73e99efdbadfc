"""Shared by the Modbus tests: a certificate."""

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with ``cert.pem`` and ``key.pem`` of 127.0.0.1."""
    made = tmp_path_factory.mktemp("certificate")
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", made / "key.pem", "-out", made / "cert.pem"]
    subprocess.run(["openssl", "req", *options, *names, *files], check=True, capture_output=True)
    return made
