"""What we ship, read once in a process of tests: most tests need some of it, and reading it takes a second."""

from functools import cache

from config.library import Library, load_library


@cache
def library() -> Library:
    """The whole library; nobody changes it."""
    return load_library()
