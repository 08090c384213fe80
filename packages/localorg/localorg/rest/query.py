"""SOQL over REST: /query, /queryAll and the pages that follow."""

from __future__ import annotations

from typing import Any

from localorg.errors import OrgError, invalid_query_locator
from localorg.messages import Answer, Call, to_count
from localorg.org import Result
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
PAGE, PAGE_WITH_LONG_TEXT, SMALLEST_PAGE = 2000, 1000, 200


@ROUTES.data("GET", "/query")
def query(instance: Instance, call: Call) -> Answer:
    """Return the first page of a query's records; with `explain` instead of `q`, how the query would be run."""
    if (explained := call.query.get("explain")) is not None:
        return _explain(instance, explained)
    return first_page(instance, call, _asked(call))


@ROUTES.data("GET", "/queryAll")
def query_all(instance: Instance, call: Call) -> Answer:
    """Return the same with deleted records."""
    return first_page(instance, call, _asked(call), include_deleted=True)


@ROUTES.data("GET", "/queryAll/{locator}")
@ROUTES.data("GET", "/query/{locator}")
def query_more(instance: Instance, call: Call, locator: str) -> Answer:
    """Return a further page: `locator` is the cursor, a dash, and how many records come before."""
    cursor, _, digits = locator.rpartition("-")
    offset = to_count(digits)
    if offset is None:
        raise invalid_query_locator()
    return _page(instance, call, instance.cursors.find(cursor), offset, cursor)


def first_page(instance: Instance, call: Call, soql: str, *, include_deleted: bool = False) -> Answer:
    """Return the first page of what a query finds, and the locator of the next; with `columns=true`, its columns
    instead.
    """
    if call.is_set("columns"):
        return Answer(body=instance.org.query(soql, include_deleted=include_deleted).column_metadata())
    return _page(instance, call, instance.org.query(soql, include_deleted=include_deleted), 0, None)


def _explain(instance: Instance, soql: str) -> Answer:
    """Return one plan, that of reading the whole table, with what the query finds in it."""
    result = instance.org.query(soql)
    records = instance.org.counts()[result.sobject]
    plan = {
        "cardinality": result.total_size,
        "fields": [],
        "leadingOperationType": "TableScan",
        "notes": [],
        "relativeCost": 1.0,
        "sobjectCardinality": records,
        "sobjectType": result.sobject,
    }
    return Answer(body={"plans": [plan], "sourceQuery": soql})


def _asked(call: Call) -> str:
    soql = call.query.get("q")
    if soql is None:
        raise OrgError(400, "MALFORMED_QUERY", "The parameter 'q' with the SOQL text is missing")
    return soql


def _page(instance: Instance, call: Call, result: Result, offset: int, cursor: str | None) -> Answer:
    size, fault = _page_size(call, result), call.fault
    if fault is not None and fault.kind == "repeat_page":
        offset = max(offset - size, 0)
    records = result.records(offset, size, root=call.root)
    if result.has_children:
        _open_children(instance, call, records)
    if fault is not None and fault.kind in ("short_page", "lost_rows"):
        records = records[: len(records) - fault.lacking(len(records))]
    end = offset + len(records)
    is_done = not records or end >= result.total_size or (fault is not None and fault.kind == "lost_rows")
    body: dict[str, Any] = {"totalSize": result.total_size, "done": is_done}
    if not is_done:
        body["nextRecordsUrl"] = f"{call.root}/query/{cursor or instance.cursors.open(result)}-{end}"
    return Answer(body={**body, "records": records})


def _open_children(instance: Instance, call: Call, records: list[dict[str, Any]]) -> None:
    """Open a cursor for each child subquery that has further pages."""
    found = (value for record in records for value in record.values() if isinstance(value, dict) and "records" in value)
    for children in found:
        _open_children(instance, call, children["records"])
        if not children["done"]:
            cursor = instance.cursors.open(children["nextRecordsUrl"])
            children["nextRecordsUrl"] = f"{call.root}/query/{cursor}-{len(children['records'])}"


def _page_size(call: Call, result: Result) -> int:
    """Return the page size: 2,000, or 1,000 with a long text; a client may ask for fewer, not under 200."""
    most = PAGE_WITH_LONG_TEXT if result.has_long_text else PAGE
    for option in call.headers.get("sforce-query-options", "").split(","):
        name, _, value = option.partition("=")
        if name.strip().lower() == "batchsize" and (asked := to_count(value.strip())) is not None:
            return min(max(asked, SMALLEST_PAGE), most)
    return most
