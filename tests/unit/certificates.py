"""Certificates for tests, made by openssl: an authority, and what it signs for any time and name."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_CONFIG = """
[ca]
default_ca = us
[us]
dir = {directory}
database = $dir/index.txt
new_certs_dir = $dir
serial = $dir/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = req
prompt = no
"""


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates."""

    def __init__(self, directory: Path, name: str = "plantgate test authority") -> None:
        """Make the authority's own certificate in ``directory``."""
        directory.mkdir()
        self._directory = directory
        self._config = directory / "openssl.cnf"
        self._config.write_text(_CONFIG.format(directory=directory))
        (directory / "index.txt").touch()
        (directory / "serial").write_text("01\n")
        self._key = self._new_key("ca")
        self.ca = directory / "ca.pem"
        made = ["req", "-x509", "-new", "-key", self._key, "-subj", f"/CN={name}", "-out", self.ca, "-days", "3650"]
        _openssl(*made, "-addext", "basicConstraints=critical,CA:TRUE")

    def sign(self, name: str, begins: str = "20200101000000Z", ends: str = "20991231235959Z") -> Pair:
        """A certificate for ``name``, which may be an address; times as ASN.1 writes them."""
        kind = "IP" if name[0].isdigit() else "DNS"
        pair = Pair(self._directory / f"{name}-{begins}.pem", self._new_key(f"{name}-{begins}"))
        request = self._directory / "request.pem"
        subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}"]
        _openssl("req", "-new", "-key", pair.key, *subject, "-out", request, "-config", self._config)
        signer = ["-config", self._config, "-batch", "-notext", "-cert", self.ca, "-keyfile", self._key]
        _openssl("ca", *signer, "-startdate", begins, "-enddate", ends, "-in", request, "-out", pair.certificate)
        return pair

    def _new_key(self, name: str) -> Path:
        path = self._directory / f"{name}.key"
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
        return path


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=20)
