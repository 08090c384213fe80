"""From Salesforce's texts to typed values, a whole column at a time.

Each function takes a column of texts (empty is missing) and returns a column of the same length that is missing where
the text was, and where the text does not say what it should: whoever calls tells the two apart by comparing.
The work is done on Arrow arrays, which is where the texts of a pandas `str` column are at rest already.
"""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from closedwon.ids import to_id18
from closedwon.mapping.model import Field, Quarantine, ValueMap

Column: TypeAlias = pa.ChunkedArray

TEXT = pa.large_string()

_NUMBER = r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$"
_LARGEST_WHOLE_FLOAT = 2**53


def to_values(texts: Column, field: Field) -> Column:
    """The column that the field's type and value map make of the texts."""
    if field.values is not None:
        return to_codes(texts, field.values, field.fallback)
    return _BY_TYPE[field.type](texts)


def to_text(texts: Column) -> Column:
    """The texts as they are, blanks at their ends too; missing where one holds a NUL, which Postgres cannot store."""
    return _drop(texts, pc.match_substring(texts, "\0"))


def to_codes(texts: Column, values: ValueMap, fallback: str | Quarantine | None) -> Column:
    """Our codes for the labels; a label that the value map lacks becomes the fallback, missing if that is no code."""
    unlisted = fallback if isinstance(fallback, str) else None
    encoded = texts.combine_chunks().dictionary_encode()
    codes = pa.array([values.codes.get(label, unlisted) for label in encoded.dictionary.to_pylist()], TEXT)
    return pa.chunked_array([codes.take(encoded.indices)])


def to_number(texts: Column) -> Column:
    """Floats, from `12`, `12.50` and `1.25E7` alike (Bulk API 2.0 writes large numbers in the last form)."""
    numbers = _only(texts, _NUMBER).cast(pa.float64())
    return _drop(numbers, pc.invert(pc.is_finite(numbers)))


def to_integer(texts: Column) -> Column:
    """Whole numbers, from `5` and `5.0` alike: integers of custom fields arrive with a decimal place."""
    digits = pc.replace_substring_regex(texts, r"^(-?\d{1,18})\.0+$", r"\1")
    whole = _only(digits, r"^-?\d{1,18}$").cast(pa.int64())
    if whole.null_count == texts.null_count:
        return whole
    numbers = to_number(texts)
    is_exact = pc.and_(pc.equal(numbers, pc.floor(numbers)), pc.less(pc.abs(numbers), _LARGEST_WHOLE_FLOAT))
    return pc.coalesce(whole, _drop(numbers, pc.invert(is_exact)).cast(pa.int64()))


def to_boolean(texts: Column) -> Column:
    """True and false, from these words only."""
    return pc.equal(_only(texts, "^(true|false)$"), "true")


def to_date(texts: Column) -> Column:
    """Days without a zone, at whole seconds: a date is never shifted."""
    return _cast(_only(texts, r"^\d{4}-\d{2}-\d{2}$"), pa.date32()).cast(pa.timestamp("s"))


def to_datetime(texts: Column) -> Column:
    """Moments in UTC, from `...000+0000` (REST) and `...000Z` (Bulk API 2.0) alike; without a zone it is no moment."""
    return _cast(texts, pa.timestamp("us", "UTC"))


def to_ids(texts: Column) -> Column:
    """Salesforce ids of 18 characters, from 15 or 18."""
    long = _only(texts, "^[A-Za-z0-9]{18}$")
    if long.null_count == texts.null_count:
        return long
    encoded = _only(texts, "^[A-Za-z0-9]{15}$").combine_chunks().dictionary_encode()
    made_long = pa.array([to_id18(short) for short in encoded.dictionary.to_pylist()], TEXT)
    return pc.coalesce(long, pa.chunked_array([made_long.take(encoded.indices)]))


_BY_TYPE = {
    "text": to_text,
    "picklist": to_text,
    "number": to_number,
    "integer": to_integer,
    "boolean": to_boolean,
    "date": to_date,
    "datetime": to_datetime,
    "reference": to_ids,
}


def _only(texts: Column, pattern: str) -> Column:
    return _drop(texts, pc.invert(pc.match_substring_regex(texts, pattern)))


def _drop(column: Column, is_wrong: Column) -> Column:
    # Almost always nothing is wrong, and then nothing is copied.
    return pc.if_else(is_wrong, None, column) if pc.any(is_wrong).as_py() else column


def _cast(texts: Column, kind: pa.DataType) -> Column:
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        impossible = [text for text in texts.unique() if not _is_castable(text, kind)]
        return _drop(texts, pc.is_in(texts, pa.array(impossible, TEXT))).cast(kind)


def _is_castable(text: pa.Scalar, kind: pa.DataType) -> bool:
    try:
        text.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
