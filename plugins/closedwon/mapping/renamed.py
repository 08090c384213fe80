"""A file that may be another one under a new name: only a person knows, and says so by one line. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary

from closedwon.mapping.model import Mapping, Rule


def to_words(gone: Dictionary[str, int]) -> str:
    """Return the former names, each with its number of records."""
    return " and ".join(f"'{name}' ({records} records)" for name, records in gone.items())


def ask_for_id(file: Mapping | Rule, former: str, *, goes_on: str, begins: str) -> str:
    """Return the remedy where a mapping or rule has no `id`: to add one of two lines.

    Args:
        former: what the file was called that is gone.
        goes_on: what follows if it is the same, such as "it goes on with its projects".
        begins: what follows if it is not.
    """
    what = "rule" if isinstance(file, Rule) else "mapping"
    return (
        f"If it was renamed, add `id: {former}` to {file.file}; {goes_on}.\n"
        f"If it is another {what}, add `id: {file.name}`; {begins}.\n"
        "The next run goes by it."
    )
