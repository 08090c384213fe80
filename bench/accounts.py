"""Generated accounts of 25 columns, as the gzip CSV pages that an extract puts down. The same for the same seed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from closedwon.ids import to_id18
from closedwon.mapping.model import Mapping
from closedwon.salesforce.bulk_query import RECORDS_PER_PAGE

WORDS = np.array(["Northwind", "Contoso", "Fabrikam", "Acme", "Globex", "Initech", "Umbrella", "Hooli", "Über", "Ōmi"])


def account_pages(mapping: Mapping, rows: int, *, seed: int = 7) -> Iterator[tuple[bytes, int]]:
    """Yield pages of gzip CSV with the number of records in each."""
    random = np.random.default_rng(seed)
    for start in range(0, rows, RECORDS_PER_PAGE):
        frame = _accounts(mapping, start, min(RECORDS_PER_PAGE, rows - start), random)
        sink = pa.BufferOutputStream()
        csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), sink)
        yield gzip.compress(sink.getvalue().to_pybytes(), compresslevel=1), len(frame)


def _accounts(mapping: Mapping, start: int, rows: int, random: np.random.Generator) -> pd.DataFrame:
    number = np.arange(start, start + rows)
    columns: dict[str, object] = {
        "Id": [to_id18(f"001A{n:011d}") for n in number],
        "IsDeleted": ["false"] * rows,
        "SystemModstamp": _stamps(number),
    }
    for field in mapping.received:
        columns[field.salesforce] = _values(field.type, field.salesforce, number, random)
    return pd.DataFrame(columns)


def _values(kind: str, name: str, number: np.ndarray, random: np.random.Generator) -> object:
    made = {
        "datetime": lambda: _stamps(number + len(name)),
        "date": lambda: _days(number),
        "boolean": lambda: np.where(number % 3 == 0, "true", "false"),
        "integer": lambda: (number % 5_000).astype(str),
        "number": lambda: np.round(random.lognormal(11, 1, len(number)), 2).astype(str),
        "picklist": lambda: WORDS[number % 7],
        "text": lambda: _texts(name, number, random),
    }
    return made[kind]()


def _texts(name: str, number: np.ndarray, random: np.random.Generator) -> pd.Series:
    words = pd.Series(WORDS[random.integers(0, len(WORDS), len(number))])
    return words + ' "' + name + '" ' + pd.Series(number).astype(str)


def _days(number: np.ndarray) -> pd.Series:
    return pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(number % 900, "D")).dt.strftime("%Y-%m-%d")


def _stamps(number: np.ndarray) -> pd.Series:
    stamps = pd.Timestamp("2026-01-01") + pd.to_timedelta(number % 20_000_000, "s")
    return pd.Series(stamps).dt.strftime("%Y-%m-%dT%H:%M:%S.000Z")
