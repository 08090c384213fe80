"""Whether the org's answer to a query is one that the reference evaluator allows."""

from __future__ import annotations

import json
from collections import Counter
from itertools import groupby
from typing import Any

from reference_query import Found, is_aggregate
from reference_texts import fold

from localorg.soql.syntax import tree


def is_allowed(query: tree.Query, found: Found, records: list[Any]) -> bool:
    """Whether these are the found records, in an order that the query allows.

    Where keys are equal, or there is no ORDER BY, any of the records may come first, and so be within LIMIT.
    """
    if len(records) != found.size:
        return False
    given = [_canonical(query, record) for record in records]
    for place, allowed in _places(query, found):
        own = Counter(given[max(place.start - found.start, 0) : max(place.stop - found.start, 0)])
        if not own <= allowed:
            return False
    return True


def _places(query: tree.Query, found: Found) -> list[tuple[range, Counter[str]]]:
    """Where records of equal keys stand in the whole result, and which they are."""
    places, start = [], 0
    for _, block in groupby(zip(found.keys, found.records, strict=True), key=lambda pair: pair[0]):
        records = [_canonical(query, record) for _, record in block]
        places.append((range(start, start + len(records)), Counter(records)))
        start += len(records)
    return places


def _canonical(query: tree.Query, record: Any) -> str:
    """A record as text: with children in one order where the query asks for none, and groups without their case.

    Which spelling stands for a group of texts that differ only in case, is not defined.
    """
    if is_aggregate(query):
        record = {key: _plain(value) for key, value in record.items()}
    children = [column for column in query.columns if isinstance(column, tree.Query) and not column.order_by]
    for child in children:
        for key, value in record.items():
            if key.lower() == child.source.name.lower() and value is not None:
                value["records"].sort(key=json.dumps)
    return json.dumps(record, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return fold(value)
    return value if value is None or isinstance(value, bool | dict) else round(float(value), 6)
