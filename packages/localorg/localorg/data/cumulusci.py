"""CumulusCI data sets: an SQL dump for SQLite, and a mapping file that says which tables and columns become what.

References are surrogate keys, in a column that is called as the lookup field or as its snake_case form; the format
knows no null, so empty text stands for it. Record types come by way of `<object>_rt_mapping` tables.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Engine, MetaData, create_engine, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.pool import StaticPool

from localorg.data.dataset import DataError, Row, Table
from localorg.data.named_record_types import RECORD_TYPES, to_record_type

MAPPING_NAMES = ("mapping.yml", "mapping.yaml")


def find_dump(folder: Path, say: Callable[[str], None]) -> Path | None:
    """Return the SQL dump in the folder, the largest if there are several; None if there is none."""
    dumps = sorted(folder.rglob("*.sql"), key=lambda path: path.stat().st_size, reverse=True)
    if len(dumps) > 1:
        others = ", ".join(str(path.relative_to(folder)) for path in dumps[1:])
        say(f"{folder} holds {len(dumps)} dumps; loading the largest, {dumps[0].relative_to(folder)} (not {others}).")
    return dumps[0] if dumps else None


def read_dump(dump: Path, folder: Path) -> list[Table]:
    """Return the tables of a dump, in the order of its mapping file; record types first.

    Raises:
        DataError: there is no mapping file, it contradicts the dump, or either cannot be read.
    """
    mapping_file = _find_mapping(dump, folder)
    steps = _read_mapping(mapping_file)
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)  # a dump is a script, and shall reach no other file
    try:
        database.executescript(dump.read_text(encoding="utf-8"))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise DataError(f"{dump} is not an SQL dump that SQLite can read: {error}") from error
    engine = create_engine("sqlite://", creator=lambda: database, poolclass=StaticPool)
    try:
        return _read_tables(engine, steps, f"{dump} by {mapping_file}")
    finally:
        engine.dispose()
        database.close()


def _find_mapping(dump: Path, folder: Path) -> Path:
    """Return the mapping file beside the dump, or in the nearest folder above it that has one, up to the folder
    given.
    """
    for place in (dump.parent, *dump.parent.parents):
        for name in MAPPING_NAMES:
            if (place / name).is_file():
                return place / name
        if place == folder:
            break
    raise DataError(
        f"{dump} has no mapping file: neither its folder nor one above it, up to {folder}, has a mapping.yml."
    )


def _read_mapping(file: Path) -> dict[str, Any]:
    try:
        steps = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read as YAML: {error}") from error
    if not isinstance(steps, dict) or not all(
        isinstance(step, dict) and "sf_object" in step for step in steps.values()
    ):
        raise DataError(f"{file}: every entry must be a step with an sf_object.")
    return steps


def _read_tables(engine: Engine, steps: Mapping[str, Any], source: str) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        tables = [_read_step(connection, metadata, steps, name, source) for name in steps]
        record_types = _read_record_types(connection, metadata, steps)
    return [Table(RECORD_TYPES, source, record_types), *tables] if record_types else tables


def _read_step(connection: Connection, metadata: MetaData, steps: Mapping[str, Any], name: str, source: str) -> Table:
    step = steps[name]
    where = f"{source}, {name}"
    table = metadata.tables.get(step.get("table", step["sf_object"]))
    if table is None:
        raise DataError(f"{where}: the dump has no table '{step.get('table', step['sf_object'])}'.")
    fields = step.get("fields") or {}
    wanted = dict(fields if isinstance(fields, dict) else zip(fields, fields, strict=True))
    lookups: dict[str, tuple[str, ...]] = {}
    for field, lookup in (step.get("lookups") or {}).items():
        lookups[field] = _targets(lookup, f"{where}, {field}")
        wanted[field] = lookup.get("key_field") or field
    columns = {field: _column(table, column, where) for field, column in wanted.items()}
    if "RecordTypeId" in columns:
        lookups["RecordTypeId"] = (RECORD_TYPES,)
    if "Id" not in columns:
        columns["Id"] = _key(table, where)
    names = list(columns)
    found = connection.execute(select(*(table.c[columns[field]].label(field) for field in names)))
    rows = [_to_row(names, record, lookups, step["sf_object"]) for record in found]
    return Table(step["sf_object"], where, rows, lookups, name=table.name)


def _targets(lookup: Any, where: str) -> tuple[str, ...]:
    """Return the tables whose keys a lookup holds."""
    tables = lookup.get("table") if isinstance(lookup, dict) else None
    if not tables:
        raise DataError(f"{where}: the lookup does not say its table.")
    return tuple(tables) if isinstance(tables, list) else (tables,)


def _key(table: SqlTable, where: str) -> str:
    for column in table.primary_key.columns:
        return column.name
    raise DataError(f"{where}: table '{table.name}' has no primary key.")


def _to_row(names: list[str], record: Iterable[object], lookups: Mapping[str, Any], sobject: str) -> Row:
    row = {name: "" if value is None else str(value) for name, value in zip(names, record, strict=True)}
    if row.get("RecordTypeId") and lookups.get("RecordTypeId") == (RECORD_TYPES,):
        row["RecordTypeId"] = f"{sobject}.{row['RecordTypeId']}"
    return row


def _column(table: SqlTable, wanted: str, where: str) -> str:
    """Return the column of that name, in any case and in snake_case (`AccountId` is `account_id`)."""
    names = {name.lower(): name for name in map(str, table.columns.keys())}
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", wanted)
    for candidate in (wanted.lower(), snake.lower()):
        if candidate in names:
            return names[candidate]
    raise DataError(
        f"{where}: table '{table.name}' has no column '{wanted}' or '{snake.lower()}'; it has {sorted(names)}."
    )


def _read_record_types(connection: Connection, metadata: MetaData, steps: Mapping[str, Any]) -> list[Row]:
    """Return one record type for each that a row of the dump may have."""
    rows: dict[str, Row] = {}
    for sobject in dict.fromkeys(step["sf_object"] for step in steps.values()):
        table = metadata.tables.get(f"{sobject}_rt_mapping")
        for record in connection.execute(select(table)).mappings() if table is not None else ():
            found = to_record_type(sobject, str(record["developer_name"]), str(record["record_type_id"]))
            rows[found["Id"]] = found
    return list(rows.values())
