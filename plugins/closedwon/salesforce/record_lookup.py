"""Search for records by the values of a field, such as an external id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from simple_salesforce import Salesforce

from closedwon.salesforce.http_calls import call_json
from closedwon.salesforce.query_model import Condition, Query


def find_ids(sf: Salesforce, sobject: str, field: str, values: Sequence[str | int | float]) -> list[str]:
    """Return the ids of the records that have one of the values in the field; deleted and hidden ones are left out.

    Raises:
        ClosedwonError: the one that `api_errors` finds.
    """
    return [record["Id"] for query in _queries(sobject, field, tuple(values)) for record in _read(sf, query)]


def find_values(sf: Salesforce, sobject: str, field: str, *, above: str) -> list[str]:
    """Return the values of a text field that sort behind one, as Salesforce sorts texts.

    Raises:
        ClosedwonError: the one that `api_errors` finds.
    """
    query = Query(sobject, ("Id", field), (Condition(field, ">", above),))
    return [record[field] for record in _read(sf, query)]


def _read(sf: Salesforce, query: Query) -> Iterator[dict[str, Any]]:
    answer = call_json(sf, "GET", "query", params={"q": query.to_soql()}, about=query.sobject, slow=True)
    yield from answer["records"]
    while "nextRecordsUrl" in answer:
        answer = call_json(sf, "GET", answer["nextRecordsUrl"], about=query.sobject, slow=True)
        yield from answer["records"]


def _queries(sobject: str, field: str, values: tuple[str | int | float, ...]) -> Iterator[Query]:
    """Yield queries for all of the values, each short enough for an address."""
    query = Query(sobject, ("Id",), (Condition(field, "IN", values),))
    if query.fits_address or len(values) == 1:
        yield from [query] if values else []
    else:
        middle = len(values) // 2
        yield from _queries(sobject, field, values[:middle])
        yield from _queries(sobject, field, values[middle:])
