"""Recognise the format of a data set, and read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from localorg.data.csv_files import read_csv
from localorg.data.cumulusci import find_dump, read_dump
from localorg.data.dataset import DataError, Table
from localorg.data.json_trees import find_plan, find_trees, is_plan, read_plan, read_trees
from localorg.schema.model import Schema
from localorg.seed import Sizes, generate

GENERATED = "generated"
SEED = 7

Say = Callable[[str], None]


def read_source(data: Path | str, schema: Schema, today: date, say: Say) -> list[Table]:
    """Return the tables of a data set: the word "generated", a plan or tree in JSON, or a folder.

    Of a folder, the plan is taken, or else its CSV files, or its trees in JSON, or an SQL dump in it or below it.

    Raises:
        DataError: it is none of these, or cannot be read.
    """
    if data == GENERATED:
        made = generate(Sizes(), SEED, today)
        return [Table(name, f"generated {name}", list(rows)) for name, rows in made.items()]
    path = Path(data)
    if path.is_file() and path.suffix == ".json":
        return read_plan(path, schema) if is_plan(path) else read_trees([path], schema)
    if not path.is_dir():
        raise DataError(
            f"'{path}' is not a folder, nor a plan in JSON. Give a folder with CSV files, trees in JSON "
            "or a CumulusCI data set."
        )
    return _read_folder(path, schema, say)


def _read_folder(folder: Path, schema: Schema, say: Say) -> list[Table]:
    if plan := find_plan(folder):
        return read_plan(plan, schema)
    if files := sorted(folder.glob("*.csv")):
        return [read_csv(file) for file in files]
    if trees := find_trees(folder):
        return read_trees(trees, schema)
    if dump := find_dump(folder, say):
        return read_dump(dump, folder)
    raise DataError(f"'{folder}' has no data: no *.csv and no trees in *.json in it, and no *.sql in it or below it.")
