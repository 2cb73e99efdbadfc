"""Text that a device gave, made safe to show on one line of a terminal or to write into a comment."""


def printable(text: str) -> str:
    """``text`` without what a terminal would obey instead of showing, and without line breaks."""
    return "".join(letter for letter in text if letter.isprintable()).strip()
