"""Search for records by the values of a field, such as an external id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simple_salesforce import Salesforce

from closedwon.salesforce.http_calls import call_json
from closedwon.salesforce.query_model import Condition, Query


def find_ids(sf: Salesforce, sobject: str, field: str, values: Sequence[str]) -> list[str]:
    """Return the ids of the records that have one of the values in the field; deleted and hidden ones are left out.

    Raises:
        ClosedwonError: the one that `api_errors` finds.
    """
    found: list[str] = []
    for query in _queries(sobject, field, tuple(values)):
        answer = call_json(sf, "GET", "query", params={"q": query.to_soql()}, about=sobject, slow=True)
        found += [record["Id"] for record in answer["records"]]
        while "nextRecordsUrl" in answer:
            answer = call_json(sf, "GET", answer["nextRecordsUrl"], about=sobject, slow=True)
            found += [record["Id"] for record in answer["records"]]
    return found


def _queries(sobject: str, field: str, values: tuple[str, ...]) -> Iterator[Query]:
    """Yield queries for all of the values, each short enough for an address."""
    query = Query(sobject, ("Id",), (Condition(field, "IN", values),))
    if query.fits_address or len(values) == 1:
        yield from [query] if values else []
    else:
        middle = len(values) // 2
        yield from _queries(sobject, field, values[:middle])
        yield from _queries(sobject, field, values[middle:])
