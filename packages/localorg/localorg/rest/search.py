"""Search: /search with SOSL, /parameterizedSearch, /recent. A search runs one query per object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localorg.errors import OrgError
from localorg.messages import Answer, Call, to_count
from localorg.rest.sosl import Returning, Search, is_found, parse_sosl, to_candidates, to_soql, words_of
from localorg.routes import Routes
from localorg.state.instance import Instance
from localorg.state.recent_changes import latest_changes

ROUTES = Routes()
SEARCHED_BY_DEFAULT = ("Account", "Contact", "Lead", "Opportunity", "Case", "Campaign", "User")
"""And custom objects."""
FIRST_WITH_ENVELOPE = 37.0
MOST_RESULTS = 2_000
RECENT = 200


@ROUTES.data("GET", "/search")
def search(instance: Instance, call: Call) -> Answer:
    """Return the records that a SOSL text finds, by object in the order of RETURNING.

    Raises:
        OrgError: MALFORMED_SEARCH, or what a query raises for its fields and conditions.
    """
    return _answer(instance, call, parse_sosl(call.query.get("q", "")))


@ROUTES.data("GET", "/parameterizedSearch")
def search_by_parameters(instance: Instance, call: Call) -> Answer:
    """Search without SOSL: q, in, fields, sobject (any number), Account.fields, Account.where, Account.limit."""
    given = call.query
    returning = [
        Returning(
            name,
            tuple((given.get(f"{name}.fields") or given.get("fields") or "Id").split(",")),
            given.get(f"{name}.where", ""),
            given.get(f"{name}.orderBy", ""),
            _number(given.get(f"{name}.limit") or given.get("defaultLimit")),
        )
        for name in call.all_of("sobject")
    ]
    wanted = Search(_term(given.get("q")), given.get("in", "ALL"), tuple(returning), _number(given.get("overallLimit")))
    return _answer(instance, call, wanted)


@ROUTES.data("POST", "/parameterizedSearch")
def search_by_body(instance: Instance, call: Call) -> Answer:
    """Return the same with the parameters in the body."""
    body = call.json_object()
    objects = body.get("sobjects") or []
    if not isinstance(objects, list) or not all(isinstance(item, dict) and item.get("name") for item in objects):
        raise OrgError(400, "INVALID_INPUT", "'sobjects' must be a list of objects with a name")
    returning = tuple(_returning(item, body) for item in objects)
    wanted = Search(_term(body.get("q")), str(body.get("in") or "ALL"), returning, _number(body.get("overallLimit")))
    return _answer(instance, call, wanted)


def _returning(item: Mapping[str, Any], shared: Mapping[str, Any]) -> Returning:
    """Return the wanted fields and limits of one object, by default those of all objects."""
    fields = item.get("fields") or shared.get("fields") or ["Id"]
    if not isinstance(fields, list):
        raise OrgError(400, "INVALID_INPUT", "'fields' must be a list of names")
    return Returning(
        str(item["name"]),
        tuple(map(str, fields)),
        str(item.get("where") or ""),
        str(item.get("orderBy") or ""),
        _number(item.get("limit") or shared.get("defaultLimit")),
    )


@ROUTES.data("GET", "/recent")
def list_recent(instance: Instance, call: Call) -> Answer:
    """Return the records that were changed last, as the org does not record views."""
    limit = min(_number(call.query.get("limit")) or RECENT, RECENT)
    latest = latest_changes(instance.org, limit, SEARCHED_BY_DEFAULT)
    return Answer(
        body=[
            {
                "attributes": {"type": record.sobject, "url": f"{call.root}/sobjects/{record.sobject}/{record.id}"},
                "Id": record.id,
                "Name": record.name,
            }
            for record in latest
        ]
    )


def _answer(instance: Instance, call: Call, wanted: Search) -> Answer:
    """Return the records found. Before version 37.0 they were the whole answer."""
    most = min(wanted.limit or MOST_RESULTS, MOST_RESULTS)
    found: list[dict[str, Any]] = []
    for returning in wanted.returning or _everywhere(instance):
        ids = _found(instance, wanted, returning)[: min(most - len(found), returning.limit or most)]
        if ids:
            found += instance.org.query(to_soql(returning, ids)).records(0, len(ids), root=call.root)
    return Answer(body=found if float(call.version) < FIRST_WITH_ENVELOPE else {"searchRecords": found})


def _found(instance: Instance, wanted: Search, returning: Returning) -> list[str]:
    """Return the ids of an object's records that hold all words of the search, in the order of RETURNING."""
    soql = to_candidates(instance.org.schema, wanted, returning)
    if soql is None:
        return []
    words, candidates = words_of(wanted.term), instance.org.query(soql)
    return [
        record["Id"]
        for record in candidates.records(0, candidates.total_size)
        if is_found(words, (value for value in record.values() if isinstance(value, str)))
    ]


def _everywhere(instance: Instance) -> tuple[Returning, ...]:
    names = [sobject.name for sobject in instance.org.schema.objects if sobject.custom]
    return tuple(Returning(name) for name in (*SEARCHED_BY_DEFAULT, *names))


def _term(value: Any) -> str:
    if not value:
        raise OrgError(400, "MALFORMED_SEARCH", "No search term found.")
    return str(value)


def _number(value: Any) -> int | None:
    """Return a limit, as text or as a JSON number; None where there is none."""
    return to_count(str(value))
