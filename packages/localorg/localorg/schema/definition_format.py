"""The form of definitions in YAML: which keys there are, and what may be the name of an object or a field."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_API_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


class SchemaError(ValueError):
    """A definition of objects that contradicts itself or its form."""


def check_keys(given: Iterable[str], known: Collection[str], place: str = "") -> None:
    """Refuses a key that does not exist; `place` is what the message begins with, such as `Amount__c: `.

    Raises:
        SchemaFault: with the key and those that there are.
    """
    if unknown := sorted(str(key) for key in given if key not in known):
        raise SchemaError(f"{place}unknown key '{unknown[0]}'; known are {', '.join(sorted(known))}.")


def check_name(name: object) -> None:
    """Refuses what cannot be an API name.

    Raises:
        SchemaFault: with the name.
    """
    if not isinstance(name, str) or not _API_NAME.fullmatch(name):
        raise SchemaError(f"'{name}' is no API name: letters, digits and underscores, beginning with a letter.")
