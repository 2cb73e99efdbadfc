"""Which version of the program this is."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """The installed version; ``0`` when run from a tree that is not installed."""
    try:
        return version("plantgate")
    except PackageNotFoundError:
        return "0"
