"""Build whole records: given values over defaults and system fields, then derived fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from localorg.records.bulk.upload_columns import ABSENT
from localorg.records.single.derived_fields import derive, is_derived
from localorg.schema.model import SObject

Values = Mapping[str, Sequence[Any]]
"""By the name of a field, its values record by record; ABSENT where nothing is given."""


def new_record(
    sobject: SObject, changes: Mapping[str, Any], record_id: str, number: int, user_id: str, now: str
) -> dict[str, Any]:
    """Return a whole record: given values over defaults and system fields, then derived fields."""
    given = {name: [value] for name, value in changes.items()}
    made = make_records(sobject, given, [(number, record_id)], user_id, now)
    return {name: value for name, (value,) in made.items()}


def make_records(
    sobject: SObject, given: Values, counted: Sequence[tuple[int, str]], user_id: str, now: str
) -> dict[str, list[Any]]:
    """Return many such records as columns, which is much faster than record by record.

    Args:
        counted: the number and the id of each record.
    """
    ids = [record_id for _, record_id in counted]
    blank = {name: [value] * len(ids) for name, value in _blank(sobject, user_id, now).items()}
    records = blank | {"Id": ids}
    for field in sobject.stored:
        if field.auto_number:
            records[field.name] = [to_auto_number(field.auto_number, number) for number, _ in counted]
    for name, values in given.items():
        records[name] = _or_else(ABSENT, values, records[name])
    for field in sobject.stored:
        if field.defaulted_on_create and not field.nillable:
            records[field.name] = _or_else(None, records[field.name], blank[field.name])
    if sobject.custom and "Name" in records:
        records["Name"] = _or_else(None, records["Name"], [record_id[:15] for record_id in ids])
    if is_derived(sobject):
        _derive(sobject, records)
    return records


def _blank(sobject: SObject, user_id: str, now: str) -> dict[str, Any]:
    blank = {field.name: field.default for field in sobject.stored}
    stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    blank |= sobject.kept(stamps | {"CreatedById": user_id, "LastModifiedById": user_id})
    if "OwnerId" in blank:
        blank["OwnerId"] = user_id
    return blank


def _or_else(nothing: object, values: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    if nothing not in values:
        return list(values)
    return [other if value is nothing else value for value, other in zip(values, others, strict=True)]


def _derive(sobject: SObject, records: dict[str, list[Any]]) -> None:
    names = list(records)
    for position, values in enumerate(list(zip(*records.values(), strict=True))):
        record = dict(zip(names, values, strict=True))
        for name, value in derive(sobject, record, record).items():
            records.setdefault(name, [None] * len(records["Id"]))[position] = value


def to_auto_number(form: str, number: int) -> str:
    """Format an auto number: `A-{0000}` and 7 make A-0007."""
    before, _, rest = form.partition("{")
    digits, _, after = rest.partition("}")
    return f"{before}{number:0{len(digits)}d}{after}"
