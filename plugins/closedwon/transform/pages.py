"""Reading of stored pages, as the org returned them, into frames of texts. Pure."""

from __future__ import annotations

import io
import re
import zlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from pandas import DataFrame

from closedwon.errors import BatchRejected

_BLOCK_BYTES = 4 << 20
"""Bytes that the CSV reader parses at a time; a record must fit, and Salesforce allows 400,000 characters in one."""

_GZIP = 31
"""What zlib calls gzip of any window."""

_UNPACKED = 6
"""How many times larger most pages are unpacked."""


def read_page(data: bytes) -> DataFrame:
    """Return the page as a frame of texts, one column per Salesforce field; an empty cell is missing.

    No type is guessed: '00123' keeps its zeros, 'NA' is a text, and an id of digits stays a text.

    Args:
        data: gzip CSV, in one member, with a header row; values may hold quotes and newlines by the rules of CSV.

    Raises:
        BatchRejected: the page is damaged: cut, not gzip, not UTF-8, or not a table.
    """
    text = _unpack(data)
    # The CSV reader does not notice a page cut inside quotes: it reads like one long value.
    if not text.endswith(b"\n") or text.count(b'"') % 2:
        raise _damaged("the last record breaks off")
    names = _header(text)
    # Arrow reads a page in a third of the time of pandas's C engine, which also fills up a record that is cut short;
    # pandas's own way to it (`engine="pyarrow"`) fails on newlines in quotes.
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(text),
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        # Arrow's message quotes the row, and values are not for logs, so it is neither quoted nor chained.
        raise _damaged(_without_values(error)) from None
    # Texts in pandas's own `str`, in which Great Expectations is five times as fast as in Arrow's types.
    frame: DataFrame = table.to_pandas(types_mapper=lambda _: pd.StringDtype(na_value=np.nan))
    return frame


def _unpack(data: bytes) -> bytes:
    # `gzip.decompress` lets its buffer grow piece by piece, which takes as long again as half of the unpacking.
    try:
        text = zlib.decompress(data, wbits=_GZIP, bufsize=_UNPACKED * len(data))
    except zlib.error as error:
        raise _damaged(f"gzip: {error}") from error
    # zlib ignores what follows on the end; the last four bytes are to be the length of the text.
    if data[-4:] != (len(text) % 2**32).to_bytes(4, "little"):
        raise _damaged("gzip: more follows after its end")
    return text


def _header(text: bytes) -> list[str]:
    try:
        names = text[: text.index(b"\n")].decode().rstrip("\r").split(",")
    except UnicodeDecodeError as error:
        raise _damaged("its header is not UTF-8") from error
    names = [name.strip('"') for name in names]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _damaged(f"its header has {', '.join(sorted(twice))} twice")
    return names


def _without_values(error: pa.ArrowInvalid) -> str:
    text = str(error)
    shape = re.search(r"Expected \d+ columns, got \d+", text)
    if shape:
        return f"a record has the wrong length ({shape.group().lower()})"
    return "it is not UTF-8" if "UTF8" in text else "it is not CSV"


def _damaged(what: str) -> BatchRejected:
    return BatchRejected(
        f"A page at rest is damaged: {what}. To load the rest of it would lose records.",
        remedy="Clear the task `extract` of this object and those after it: it reads the page from Salesforce again.",
    )
