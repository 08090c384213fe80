"""Loads a data set into an org: CSV per object, a CumulusCI data set, or data generated on the spot.

CSV: `<object>.csv` (`Account.csv`), UTF-8, a header of API field names. `Id` is the key by which other rows refer to a
row: a Salesforce id, which is kept, or any text of your own, which an id takes the place of. Reference fields hold such
a key.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from localorg.data.cumulusci import find_dump, read_dump
from localorg.data.dataset import DataFault, Row, Table
from localorg.errors import OrgError
from localorg.ids import make_id, number_of, to_id18
from localorg.org import Org
from localorg.seed import Sizes, generate

GENERATED = "generated"
SEED = 7
LONGEST_TEXT, LONGEST_LONG_TEXT = 255, 131_072

Say = Callable[[str], None]
Keys = dict[str, dict[str, str]]
"""Table name to the ids of its rows by their keys."""


def load_data(org: Org, data: Path | str, today: date, say: Say) -> None:
    """Puts the records of a folder, or of the word "generated", into the org, with all references between them.

    What the org's schema lacks becomes a custom object or a custom text field.

    Args:
        today: the day for which data are generated.

    Raises:
        DataFault: the data cannot be read, or contradict themselves; no record was loaded.
    """
    tables = _generated(today) if data == GENERATED else read_folder(Path(data), say)
    for table in tables:
        _learn(org, table, say)
    keys = _give_ids(org, tables)
    with org.transaction():
        for table in tables:
            _insert(org, table, keys)


def _generated(today: date) -> list[Table]:
    made = generate(Sizes(), SEED, today)
    return [Table(sobject, f"generated {sobject}", rows) for sobject, rows in made.items()]


def read_folder(folder: Path, say: Say) -> list[Table]:
    """The tables of a folder: its CSV files, or else an SQL dump in it or below it.

    Raises:
        DataFault: neither is there, or they cannot be read.
    """
    if not folder.is_dir():
        raise DataFault(f"'{folder}' is not a folder. Give a folder with CSV files or a CumulusCI data set.")
    if files := sorted(folder.glob("*.csv")):
        return [_read_csv(file) for file in files]
    if dump := find_dump(folder, say):
        return read_dump(dump, folder)
    raise DataFault(f"'{folder}' has no data: no *.csv in it, and no *.sql in it or below it.")


def _read_csv(file: Path) -> Table:
    csv.field_size_limit(LONGEST_LONG_TEXT * 4)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            rows = [_checked(row, file, reader.line_num) for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataFault(f"{file} cannot be read as CSV in UTF-8: {error}") from error
    return Table(file.stem, str(file), rows)


def _checked(row: Mapping[str, str | None], file: Path, line: int) -> Row:
    """DictReader marks a row that is too long by a name None, and one that is too short by values None."""
    if None in row or None in row.values():
        raise DataFault(f"{file}, line {line}: the row has more or fewer cells than the header.")
    return {name: str(value) for name, value in row.items()}


def _learn(org: Org, table: Table, say: Say) -> None:
    """Adds the object and the fields of a table that the schema lacks."""
    if org.schema.find(table.sobject) is None:
        org.add_object(table.sobject)
        say(f"{table.sobject} is new to the org: made a custom object{_warned(table.sobject)}.")
    unknown = [name for name in table.columns if org.sobject(table.sobject).find(name) is None]
    for name in unknown:
        is_long = any(len(row.get(name, "")) > LONGEST_TEXT for row in table.rows)
        org.add_field(table.sobject, name, length=LONGEST_LONG_TEXT if is_long else LONGEST_TEXT)
    if unknown:
        listed = ", ".join(f"{name}{_warned(name)}" for name in unknown)
        say(f"{table.sobject}: made custom text fields for {listed}.")


def _warned(name: str) -> str:
    return "" if name.endswith("__c") else " (called as it is, though the name does not end in __c)"


def _give_ids(org: Org, tables: list[Table]) -> Keys:
    """The ids by which the rows will be known; each row's `Id` becomes its id."""
    keys: Keys = {}
    for table in tables:
        prefix = org.sobject(table.sobject).key_prefix
        numbers = _free_numbers(org, table.sobject)
        ids = keys.setdefault(table.name, {})
        for row in table.rows:
            key = row.get("Id", "")
            if key in ids:
                raise DataFault(f"{table.source}: two rows have the Id '{key}'.")
            given = to_id18(key)
            row["Id"] = given if given and given.startswith(prefix) else make_id(prefix, next(numbers))
            ids[key or row["Id"]] = row["Id"]
    return keys


def _free_numbers(org: Org, sobject: str) -> Iterator[int]:
    """The numbers above those of the records that are there."""
    soql = f"SELECT Id FROM {sobject} ORDER BY Id DESC LIMIT 1"  # noqa: S608 (SOQL, and a name of the schema)
    last = org.query(soql, include_deleted=True).records(0, 1)
    number = number_of(last[0]["Id"]) if last else 0
    while True:
        number += 1
        yield number


def _insert(org: Org, table: Table, keys: Keys) -> None:
    targets = dict(table.lookups)
    for field in org.sobject(table.sobject).fields:
        if field.reference_to:
            targets.setdefault(field.name, field.reference_to)
    references = {name: targets[name] for name in table.columns if name in targets}
    try:
        org.insert_many(table.sobject, (_resolved(row, references, keys, table) for row in table.rows))
    except OrgError as error:
        raise DataFault(f"{table.source}: {error.code}: {error.message}") from error


def _resolved(row: Row, references: Mapping[str, tuple[str, ...]], keys: Keys, table: Table) -> Row:
    """The row with ids in the place of keys."""
    ids = {name: _id_of(row[name], targets, keys) for name, targets in references.items() if row.get(name)}
    for name, record_id in ids.items():
        if record_id is None:
            wanted = " or ".join(references[name])
            raise DataFault(
                f"{table.source}: {name} = '{row[name]}' is the Id of no row of {wanted} (row {row['Id']})."
            )
    return {**row, **{name: str(record_id) for name, record_id in ids.items()}}


def _id_of(key: str, targets: tuple[str, ...], keys: Keys) -> str | None:
    """The id behind a key; an id of a record outside of the data set stands for itself."""
    return next((keys[target][key] for target in targets if key in keys.get(target, {})), to_id18(key))
