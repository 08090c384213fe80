"""Format of definitions in YAML: allowed keys, and allowed names of objects and fields."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_API_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


class SchemaError(ValueError):
    """A definition of objects that contradicts itself or its form."""


def check_keys(given: Iterable[str], known: Collection[str], place: str = "") -> None:
    """Refuse an unknown key; `place` is what the message begins with, such as `Amount__c: `.

    Raises:
        SchemaError: with the key and those that there are.
    """
    if unknown := sorted(str(key) for key in given if key not in known):
        raise SchemaError(f"{place}unknown key '{unknown[0]}'; known are {', '.join(sorted(known))}.")


def check_name(name: object) -> None:
    """Refuse a name that is no API name.

    Raises:
        SchemaError: with the name.
    """
    if not isinstance(name, str) or not _API_NAME.fullmatch(name):
        raise SchemaError(f"'{name}' is no API name: letters, digits and underscores, beginning with a letter.")
