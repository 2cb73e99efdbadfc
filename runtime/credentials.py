"""Secrets by reference: configuration names where a secret is kept, never the secret."""

import os
from collections.abc import Mapping
from pathlib import Path

from runtime.errors import AgentError

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Set by systemd for units with LoadCredential= (systemd.exec(5))."""


def secret(reference: str, environment: Mapping[str, str] = os.environ) -> str:
    """What ``env:NAME``, ``file:PATH`` or ``credential:NAME`` refers to; empty for an empty reference.

    Raises AgentError when it cannot be read. A newline at the end of a file is not part of the secret.
    """
    if not reference:
        return ""
    scheme, _, name = reference.partition(":")
    if scheme == "env" and name in environment:
        return environment[name]
    try:
        return secret_path(reference, environment).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise AgentError("secret.missing", reference=reference) from error


def secret_path(reference: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The file that ``file:PATH`` or ``credential:NAME`` refers to; raises AgentError for any other reference."""
    scheme, _, name = reference.partition(":")
    if scheme == "file":
        return Path(name)
    if scheme == "credential" and CREDENTIALS in environment:
        return Path(environment[CREDENTIALS], name)
    raise AgentError("secret.missing", reference=reference)
