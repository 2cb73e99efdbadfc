"""A small real disk in a file, for what only a file system can do: fill up, turn read-only, lose its power."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SHUTDOWN = 0x8004587D
"""FS_IOC_SHUTDOWN of ext4 (linux/fs/ext4/ext4.h: EXT4_IOC_SHUTDOWN)."""
NO_LOG_FLUSH = (2).to_bytes(4, "little")
"""Everything that was not synced is gone, the journal of the file system included: as when the power fails."""
ENVIRONMENT = {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}


class LoopDisk:
    """An ext4 file system of its own in ``directory``, mounted at ``path``."""

    def __init__(self, directory: Path, megabytes: int) -> None:
        """Make and mount it; skips the test where that is not possible."""
        if os.geteuid() != 0:
            pytest.skip("needs root to mount a disk of its own")
        if not shutil.which("mkfs.ext4", path=ENVIRONMENT["PATH"]):
            pytest.skip("needs mkfs.ext4 (Debian: e2fsprogs)")
        self.image = directory / "disk.img"
        self.path = directory / "disk"
        self.path.mkdir()
        with self.image.open("wb") as file:
            file.truncate(megabytes * 1024 * 1024)
        _run("mkfs.ext4", "-q", str(self.image))
        try:
            self.mount()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"loop mounts are not allowed here: {error.stderr.decode().strip()}")

    def mount(self) -> None:
        """Switch it on."""
        _run("mount", "-o", "loop,errors=remount-ro", str(self.image), str(self.path))

    def unmount(self) -> None:
        """Switch it off; nobody may use it any more."""
        if self.path.is_mount():
            _run("umount", str(self.path))

    def discard(self) -> None:
        """Switch it off even while somebody uses it: the test is over."""
        if self.path.is_mount():
            _run("umount", "--lazy", str(self.path))

    def cut(self) -> None:
        """The power fails: what was not synced is lost, every further access fails."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(descriptor)

    def turn_read_only(self) -> None:
        """The kernel finds an error in the file system and protects what is left of it."""
        source = _run("findmnt", "-n", "-o", "SOURCE", str(self.path)).strip()
        Path(f"/sys/fs/ext4/{Path(source).name}/trigger_fs_error").write_text("1", encoding="ascii")

    def repair(self) -> None:
        """What a technician does: put a checked copy in its place while the gateway runs on."""
        self.discard()
        copy = self.image.with_suffix(".copy")
        shutil.copyfile(self.image, copy)
        self.image = copy
        subprocess.run(("e2fsck", "-f", "-y", str(copy)), capture_output=True, check=False, env=ENVIRONMENT)
        self.mount()

    def fill(self) -> Path:
        """Somebody else takes all the room there is now; returns the file that holds it."""
        hog = self.path / "hog"
        with hog.open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue
        return hog


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT).stdout.decode()
