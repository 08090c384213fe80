"""An independent comparison of org and warehouse: own reading, own value rules, nothing of the pipeline's code.

Each record of the org must be in the warehouse with equal values, or in quarantine with a reason; and the warehouse
must hold no living row that the org lacks. For what is sent, each row of the warehouse that an export has planned must
stand in the org; what was made since then waits for the next export.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, Table, select

from demo.mapping_folder import read_files
from demo.org_client import OrgClient
from demo.stored_values import to_external_id, to_stored

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Parity:
    """How many of one object's records are the same on both sides."""

    name: str
    total: int
    identical: int
    in_quarantine: int = 0
    waiting: int = 0
    only_in_warehouse: int = 0
    first_difference: str = ""

    @property
    def holds(self) -> bool:
        return self.identical + self.in_quarantine + self.waiting == self.total and not self.only_in_warehouse

    def __str__(self) -> str:
        line = f"{self.name}: {self.identical:,} of {self.total:,} identical"
        if self.in_quarantine:
            line += f", {self.in_quarantine:,} in quarantine"
        if self.waiting:
            line += f", {self.waiting:,} waiting for the next export"
        if self.only_in_warehouse:
            line += f", {self.only_in_warehouse:,} only in the warehouse"
        return line + (f". First difference: {self.first_difference}" if self.first_difference else "")


def compare_all(org: OrgClient, warehouse: Engine, mappings: Path) -> list[Parity]:
    """Return one comparison per mapping file: what is received first, then what is sent."""
    files = read_files(mappings)
    metadata = MetaData()
    for schema in ("crm", "sync", "delivery"):
        metadata.reflect(warehouse, schema=schema, views=True)
    received = [
        compare_received(org, warehouse, metadata, file, mappings) for file in files if file["direction"] != "send"
    ]
    return received + [compare_sent(org, warehouse, metadata, file, mappings) for file in files if file.get("send")]


def compare_received(
    org: OrgClient, warehouse: Engine, metadata: MetaData, mapping: dict[str, Any], folder: Path
) -> Parity:
    """Compare each living record that is to be received, field by field; but what is written once is ours.

    A row that was found by its values has no id of the org to compare.
    """
    fields = [
        field
        for field in mapping["fields"]
        if field["direction"] == "receive" and field.get("write") != "once" and not field.get("find_by")
    ]
    names, where = dict.fromkeys(chain.from_iterable(map(_sources, fields))), mapping.get("receive", {}).get("where")
    query = f"SELECT Id, {', '.join(names)} FROM {mapping['sobject']}"
    records = list(org.query(f"{query} WHERE {where}" if where else query))
    rows = {row["salesforce_id"]: row for row in _living_rows(warehouse, metadata, mapping["table"], fields)}
    waiting = _waiting(warehouse, metadata, mapping["name"])
    identical, quarantined, first = 0, 0, ""
    for record in records:
        row = rows.pop(record["Id"], None)
        difference = _difference(record, row, fields, folder) if row else f"{record['Id']} is not in {mapping['table']}"
        if not difference:
            identical += 1
        elif record["Id"] in waiting:
            quarantined += 1
        else:
            first = first or difference
    left = sorted(rows)
    if left and not first:
        first = f"{left[0]} is in {mapping['table']} but not in the org"
    return Parity(
        mapping["name"],
        len(records),
        identical,
        in_quarantine=quarantined,
        only_in_warehouse=len(left),
        first_difference=first,
    )


def compare_sent(
    org: OrgClient, warehouse: Engine, metadata: MetaData, mapping: dict[str, Any], folder: Path
) -> Parity:
    """Compare each row of the warehouse that has a key with what the org holds of it, as the org stores values."""
    fields, key = mapping["fields"], mapping["send"]["key"]
    described = {field["name"]: field for field in org.describe(mapping["sobject"])["fields"]}
    key_field = described[key["salesforce"]]
    names = dict.fromkeys([key["salesforce"], *(field["salesforce"] for field in fields)])
    found = org.query(f"SELECT {', '.join(names)} FROM {mapping['sobject']}")
    records = {to_external_id(record[key["salesforce"]], key_field): record for record in found}
    rows, planned = _sent_rows(warehouse, metadata, mapping)
    by_key = {key_of: row for row in rows if (key_of := to_external_id(row[key["column"]], key_field))}
    exported = {key_of: row for key_of, row in by_key.items() if row["id"] in planned}
    identical, first = 0, ""
    for key_of, row in exported.items():
        record = records.get(key_of)
        if record is None:
            difference = f"{row[key['column']]} is not in the org"
        else:
            stored = {f["column"]: to_stored(row[f["column"]], described[f["salesforce"]]) for f in fields}
            difference = _difference(record, stored, fields, folder)
        identical += not difference
        first = first or difference
    waiting = len(by_key) - len(exported)
    return Parity(f"{mapping['name']} (sent)", len(by_key), identical, waiting=waiting, first_difference=first)


def _sent_rows(warehouse: Engine, metadata: MetaData, mapping: dict[str, Any]) -> tuple[list[Record], set[int]]:
    """Return the rows that can be sent, the newest last since it is what a record of several shows; and those planned.

    A row that lacks a required value is not sent.
    """
    table, plan = metadata.tables[mapping["send"].get("read_from", mapping["table"])], metadata.tables["sync.plan"]
    needed = [table.c[field["column"]].is_not(None) for field in mapping["fields"] if field.get("required")]
    with warehouse.connect() as connection:
        rows: list[Record] = list(connection.execute(select(table).where(*needed).order_by(table.c.id)).mappings())
        planned = set(connection.scalars(select(plan.c.row_id).where(plan.c.mapping == mapping["name"])))
    return rows, planned


def _living_rows(
    warehouse: Engine, metadata: MetaData, name: str, fields: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    table = metadata.tables[name]
    parents: dict[str, dict[int, str]] = {}
    polymorphic = [field["column"] for field in fields if isinstance(field.get("references"), list)]
    with warehouse.connect() as connection:
        for field in fields:
            if field["type"] == "reference" and not isinstance(field["references"], list):
                parent = metadata.tables[field["references"]]
                pairs = connection.execute(select(parent.c.id, parent.c.salesforce_id))
                parents[field["column"]] = {pair.id: pair.salesforce_id for pair in pairs}
        living = select(table).where(~table.c.is_deleted, table.c.salesforce_id.is_not(None))
        if "is_out_of_scope" in table.c:
            living = living.where(~table.c.is_out_of_scope)
        for row in connection.execute(living).mappings():
            yield (
                dict(row)
                | {column: row[f"{column}_salesforce_id"] for column in polymorphic}
                | {column: ids.get(row[column]) for column, ids in parents.items()}
            )


def _waiting(warehouse: Engine, metadata: MetaData, mapping_name: str) -> set[str]:
    table: Table = metadata.tables["sync.quarantine"]
    waiting = select(table.c.salesforce_id).where(
        table.c.mapping == mapping_name, table.c.state.in_(["waiting", "skipped"])
    )
    with warehouse.connect() as connection:
        return set(connection.scalars(waiting))


def _difference(record: Record, row: Record, fields: list[dict[str, Any]], folder: Path) -> str:
    for field in fields:
        filled = (value for name in _sources(field) if (value := _field_of(record, name)) not in (None, ""))
        theirs, ours = next(filled, None), row[field["column"]]
        if field.get("values"):
            codes = _codes(folder / "values" / f"{field['values']}.csv")
            theirs = codes.get(theirs, field.get("fallback")) if theirs is not None else None
        if _plain(theirs, field["type"]) != _plain(ours, field["type"]):
            return f"{field['salesforce']} is '{theirs}' in the org and '{ours}' in the warehouse"
    return ""


def _sources(field: dict[str, Any]) -> list[str]:
    return [field["salesforce"], *field.get("otherwise", ())]


def _field_of(record: Record, path: str) -> Any:
    value: Any = record
    for step in path.split("."):
        value = value.get(step) if value else None
    return value


def _codes(path: Path) -> dict[str, str]:
    with path.open(newline="", encoding="utf-8") as file:
        return {line["label"]: line["code"] for line in csv.DictReader(file)}


def _plain(value: Any, kind: str) -> Any:
    """Return one form for a value, whichever side it comes from."""
    if value is None or value == "":
        return None
    if kind in ("number", "integer"):
        return Decimal(str(value)).quantize(Decimal("0.000001"))
    if kind == "datetime":
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
    if kind == "date":
        return date.fromisoformat(value) if isinstance(value, str) else value
    return value
