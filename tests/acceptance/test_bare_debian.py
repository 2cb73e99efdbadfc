"""The two commands of the README on a Debian 12 that has nothing but git and make, as root."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.clock import Clock
from tests.soak import ROOT

RELEASE = "bookworm"
FIRST_SENTENCE = 5.0
"""Seconds within which each of the two commands says what it is doing."""
MOUNTED = """
mount -t proc proc "$0/proc" && mount -t sysfs sysfs "$0/sys" && mount --rbind /dev "$0/dev" &&
mount -t tmpfs tmpfs "$0/dev/shm" && mount -t tmpfs tmpfs "$0/run" &&
exec chroot "$0" sh -c "cd /opt/plantgate && $1"
"""
NETWORK = ("etc/resolv.conf", "etc/hosts")
"""Files of this machine that tell where its network is."""
AUTHORITIES = os.environ.get("PIP_CERT", "/etc/ssl/certs/ca-certificates.crt")
"""Whom this machine believes on its network: a proxy may have an authority of its own."""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root of a fresh system with a clone of the project."""
    if os.getuid() != 0 or shutil.which("debootstrap") is None:
        pytest.fail("this test needs root and debootstrap: apt install debootstrap")
    root = tmp_path_factory.mktemp("bare")
    command = ("debootstrap", "--variant=minbase", "--include=git,make", RELEASE, str(root))
    subprocess.run(command, check=True, capture_output=True, timeout=1800)
    for path in NETWORK:
        shutil.copy(f"/{path}", root / path)
    shutil.copy(AUTHORITIES, root / "opt/authorities.pem")
    subprocess.run(("git", "clone", "-q", str(ROOT), str(root / "opt/plantgate")), check=True)
    yield root
    shutil.rmtree(root)


def said(root: Path, command: str) -> tuple[int, float, list[str]]:
    """Exit code, seconds until the first line, and all lines of ``command`` in the new system."""
    believed = dict.fromkeys(("PIP_CERT", "npm_config_cafile"), "/opt/authorities.pem")
    environment = {**believed, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    clock = Clock()
    began = clock.now().mono
    with subprocess.Popen(
        ("unshare", "--mount", "sh", "-c", MOUNTED, str(root), command),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        first = process.stdout.readline()
        after = clock.now().mono - began
        lines = [first, *process.stdout]
    return process.returncode, after, lines


@pytest.mark.acceptance
@pytest.mark.soak(only=True)
@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_each_command_of_the_readme_brings_what_it_needs(bare: Path, command: str) -> None:
    code, first, lines = said(bare, command)
    assert code == 0, "".join(lines[-40:])
    assert first <= FIRST_SENTENCE
    skipped = [line for line in lines if line.startswith("SKIPPED")]
    assert not [line for line in skipped if any(tool in line for tool in ("npm", "promtool", "systemd", "mbpoll"))]
