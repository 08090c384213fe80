"""Whole records: what is given, over the defaults and the system's own fields, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localorg.records.derived import derive
from localorg.schema.model import SObject


def new_record(
    sobject: SObject, changes: Mapping[str, Any], record_id: str, number: int, user_id: str, now: str
) -> dict[str, Any]:
    """A whole record: what was given, over the defaults and the system's own fields, and what follows from them."""
    return record_maker(sobject, user_id, now)(changes, record_id, number)


def record_maker(sobject: SObject, user_id: str, now: str) -> Callable[[Mapping[str, Any], str, int], dict[str, Any]]:
    """`new_record` for many records of one user and one moment."""
    blank = {field.name: field.default for field in sobject.stored}
    stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    blank |= sobject.kept(stamps | {"CreatedById": user_id, "LastModifiedById": user_id})
    if "OwnerId" in blank:
        blank["OwnerId"] = user_id
    auto_numbers = [(field.name, field.auto_number) for field in sobject.stored if field.auto_number]
    never_null = {field.name for field in sobject.stored if field.defaulted_on_create and not field.nillable}

    def make(changes: Mapping[str, Any], record_id: str, number: int) -> dict[str, Any]:
        record = {**blank, "Id": record_id}
        for name, form in auto_numbers:
            record[name] = to_auto_number(form, number)
        record |= changes
        record |= {name: blank[name] for name in never_null if record[name] is None}
        if sobject.custom and record.get("Name") is None:
            record["Name"] = record_id
        record |= derive(sobject, record, record)
        return record

    return make


def to_auto_number(form: str, number: int) -> str:
    """`A-{0000}` and 7 make A-0007."""
    before, _, rest = form.partition("{")
    digits, _, after = rest.partition("}")
    return f"{before}{number:0{len(digits)}d}{after}"
