"""Trees of records in JSON, as `sf data export tree` writes them: one file by itself, or several by a plan.

    [{"sobject": "Account", "files": ["Account.json"]}, {"sobject": "Contact", "files": ["Contact.json"]}]
    {"records": [{"attributes": {"type": "Account", "referenceId": "AccountRef1"}, "Name": "Acme"}]}

The first is a plan, the second a file of records.
A field refers to a record by `"@AccountRef1"`; children stand in their parent, `"Contacts": {"records": [...]}`. The
plan's `saveRefs` and `resolveRefs` make no difference: references are always followed, also to records further below.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localorg.data.dataset import DataError, Row, Table
from localorg.data.named_record_types import RECORD_TYPES, to_record_type
from localorg.schema.model import Schema

Json = Mapping[str, Any]


def is_plan(file: Path) -> bool:
    """Return whether a file in JSON is a plan.

    Raises:
        DataError: it is not JSON.
    """
    content = _read(file)
    return isinstance(content, list) and bool(content) and all(map(_is_step, content))


def find_plan(folder: Path) -> Path | None:
    """Return the plan of a folder.

    Raises:
        DataError: there are several, and none is more the one than the others.
    """
    plans = [file for file in sorted(folder.glob("*.json")) if is_plan(file)]
    if len(plans) > 1:
        names = ", ".join(str(plan) for plan in plans)
        raise DataError(f"'{folder}' has {len(plans)} plans; give one of them instead of the folder: {names}.")
    return plans[0] if plans else None


def find_trees(folder: Path) -> list[Path]:
    """Return the files of records in a folder."""
    return [file for file in sorted(folder.glob("*.json")) if _has_records(_read(file))]


def read_plan(plan: Path, schema: Schema) -> list[Table]:
    """Return the tables of the files that a plan names.

    Raises:
        DataError: as `read_trees`; or a record is of another object than the plan says.
    """
    steps = [(plan.parent / name, step["sobject"]) for step in _read(plan) for name in step["files"]]
    return _read_files(steps, schema)


def read_trees(files: list[Path], schema: Schema) -> list[Table]:
    """Return the tables of files of records: one for each object, in order of appearance.

    Raises:
        DataError: a file cannot be read, or holds no records; records without a type, or children of no relationship.
    """
    return _read_files([(file, None) for file in files], schema)


def _read_files(files: list[tuple[Path, str | None]], schema: Schema) -> list[Table]:
    forest = _TreeReader(schema)
    for file, sobject in files:
        content = _read(file)
        if not _has_records(content):
            raise DataError(f"{file} holds no records.")
        forest.add_file(content, str(file), sobject)
    return forest.tables()


class _TreeReader:
    """Collects the records of all trees, by object."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._rows: dict[str, list[Row]] = {}
        self._record_types: dict[str, Row] = {}
        self._source = ""

    def add_file(self, content: Json, source: str, expected: str | None) -> None:
        """Add the records of one file, which must be of the expected object if there is one."""
        self._source = source
        for record in content["records"]:
            sobject = self._type_of(record)
            if expected is not None and sobject.lower() != expected.lower():
                raise DataError(f"{source}: a record of {sobject}, where the plan says {expected}.")
            self._add(record, sobject, {})

    def tables(self) -> list[Table]:
        """Return a table for each object, and one for the record types that they name."""
        known = {row["Id"] for rows in self._rows.values() for row in rows}
        tables = [
            Table(sobject, f"{self._source}, {sobject}", rows, self._lookups(rows, known))
            for sobject, rows in self._rows.items()
        ]
        record_types = Table(RECORD_TYPES, self._source, list(self._record_types.values()))
        return [record_types, *tables] if self._record_types else tables

    def _lookups(self, rows: list[Row], known: set[str]) -> dict[str, tuple[str, ...]]:
        """Return the columns that refer to records of these trees, of any object, whether the schema knows them or
        not.
        """
        columns = {name for row in rows for name, value in row.items() if name != "Id" and value in known}
        lookups = {name: tuple(self._rows) for name in columns}
        return lookups | ({"RecordTypeId": (RECORD_TYPES,)} if self._record_types else {})

    def _add(self, record: Json, sobject: str, link: Row) -> None:
        """Add the record's row, with `link` to its parent, and then the rows of its children."""
        rows = self._rows.setdefault(sobject, [])
        reference = record["attributes"].get("referenceId", f"{sobject} {len(rows) + 1}")
        row: Row = {"Id": f"@{reference}", **link}
        rows.append(row)
        for name, value in record.items():
            if isinstance(value, Mapping):
                self._add_related(sobject, row, name, value)
            else:
                row[name] = _to_text(value)

    def _add_related(self, sobject: str, row: Row, name: str, value: Json) -> None:
        if name == "attributes":
            return
        if _has_records(value):
            for child in value["records"]:
                self._add(child, self._type_of(child), {self._field_of(sobject, name): row["Id"]})
        elif name.lower() == "recordtype" and isinstance(value.get("Name"), str):
            found = to_record_type(sobject, value["Name"])
            self._record_types[found["Id"]] = found
            row["RecordTypeId"] = found["Id"]
        else:
            raise DataError(f"{self._source}: {sobject}.{name} holds an object, but no records.")

    def _field_of(self, parent: str, relationship: str) -> str:
        found = self._schema.find(parent)
        child = found and self._schema.child_relationship(found, relationship)
        if not child:
            raise DataError(
                f"{self._source}: {parent} has no child relationship '{relationship}'. Make it known with --objects."
            )
        return child.field.name

    def _type_of(self, record: Any) -> str:
        attributes = record.get("attributes") if isinstance(record, Mapping) else None
        if not isinstance(attributes, Mapping) or not isinstance(attributes.get("type"), str):
            raise DataError(f"{self._source}: a record does not say its type in 'attributes'.")
        return str(attributes["type"])


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{file} cannot be read as JSON: {error}") from error


def _is_step(step: Any) -> bool:
    return (
        isinstance(step, Mapping)
        and isinstance(step.get("sobject"), str)
        and isinstance(step.get("files"), list)
        and all(isinstance(name, str) for name in step["files"])
    )


def _has_records(content: Any) -> bool:
    return isinstance(content, Mapping) and isinstance(content.get("records"), list)


def _to_text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | int | float | list) else str(value)
