"""What a real org does over SOAP only, for tests without SOAP: merges, undeletes and the emptying of the bin."""

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
    """What was merged, for {"sobject": "Account", "master": id, "losers": [id, ...], "fields": {...}}."""
    body = call.json_object()
    fields = body.get("fields") or {}
    if not isinstance(fields, dict):
        raise OrgError(400, "INVALID_RECORDS", "'fields' must be an object")
    losers = ids_in(body, "losers")
    merged = instance.org.lifecycle.merge(text_in(body, "sobject"), text_in(body, "master"), losers, fields)
    told = {"mergedRecordIds": merged.merged_record_ids, "updatedRelatedIds": merged.updated_related_ids}
    return Answer(body={"id": merged.id, **told})


@ROUTES.add("POST", "/localorg/undelete", is_open=True)
def undelete(instance: Instance, call: Call) -> Answer:
    """A result for each of {"ids": [id, ...]}."""
    ids = ids_in(call.json_object(), "ids")
    return Answer(body=_results(ids, instance.org.lifecycle.undelete(ids)))


@ROUTES.add("POST", "/localorg/purge", is_open=True)
def purge(instance: Instance, call: Call) -> Answer:
    """A result for each of {"ids": [id, ...]} that was removed from the recycle bin; without ids, how many were."""
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
