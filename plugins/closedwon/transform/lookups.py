"""Words about references whose rows are looked up by values. Pure."""

from __future__ import annotations

from closedwon.mapping.model import Mapping


def explain_unfound(mapping: Mapping, column: str, records: int) -> str:
    """Return how many records name somebody who was not found, what they got, and what to do if that is not meant.

    The names are those of people, so that the log holds none.
    """
    field = next(field for field in mapping.received if field.column == column)
    by = " and ".join(field.find_by.values())
    taken = "the default" if field.default else "empty"
    return (
        f"{mapping.name}: in {records} records {' and '.join(field.find_by)} lead to no active row of "
        f"{field.references[0]} by {by}, or to several, so that {column} is {taken}. Correct or add the rows there, "
        "then run the import in mode full."
    )
