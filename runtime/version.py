"""Which version of the program this is."""


def program_version() -> str:
    """The installed version; ``0`` when run from a tree that is not installed."""
    # Slow to import, and most commands never ask.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("plantgate")
    except PackageNotFoundError:
        return "0"
