"""Control calls for what a real org offers over SOAP only: merge, undelete, empty the recycle bin."""

from __future__ import annotations

from typing import Any

from localorg.control.request_bodies import ids_in, text_in
from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()


@ROUTES.add("POST", "/localorg/merge", is_open=True)
def merge(instance: Instance, call: Call) -> Answer:
    """Merge records by {"sobject": "Account", "master": id, "losers": [id, ...], "fields": {...}}; return the
    result.
    """
    body = call.json_object()
    fields = body.get("fields") or {}
    if not isinstance(fields, dict):
        raise OrgError(400, "INVALID_RECORDS", "'fields' must be an object")
    losers = ids_in(body, "losers")
    merged = instance.org.lifecycle.merge(text_in(body, "sobject"), text_in(body, "master"), losers, fields)
    related = {"mergedRecordIds": merged.merged_record_ids, "updatedRelatedIds": merged.updated_related_ids}
    return Answer(body={"id": merged.id, **related})


@ROUTES.add("POST", "/localorg/undelete", is_open=True)
def undelete(instance: Instance, call: Call) -> Answer:
    """Undelete each of {"ids": [id, ...]}; return a result for each."""
    ids = ids_in(call.json_object(), "ids")
    return Answer(body=_results(ids, instance.org.lifecycle.undelete(ids)))


@ROUTES.add("POST", "/localorg/purge", is_open=True)
def purge(instance: Instance, call: Call) -> Answer:
    """Remove each of {"ids": [id, ...]} from the recycle bin, or all records without ids."""
    body = call.json_object()
    if "ids" not in body:
        return Answer(body={"purged": instance.org.lifecycle.empty_recycle_bin()})
    ids = ids_in(body, "ids")
    return Answer(body=_results(ids, instance.org.lifecycle.purge(ids)))


def _results(ids: list[str], outcomes: list[OrgError | None]) -> list[dict[str, Any]]:
    return [
        {"id": record_id, "success": error is None, "errors": [] if error is None else [str(error)]}
        for record_id, error in zip(ids, outcomes, strict=True)
    ]
