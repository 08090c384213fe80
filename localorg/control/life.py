"""What a real org does over SOAP only, for tests without SOAP: merges, undeletes and the emptying of the bin."""

from __future__ import annotations

from typing import Any

from localorg.errors import OrgError
from localorg.routes import Routes
from localorg.state.instance import Instance
from localorg.wire import Answer, Call

ROUTES = Routes()


@ROUTES.add("POST", "/localorg/merge", is_open=True)
def merge(instance: Instance, call: Call) -> Answer:
    """What was merged, for {"sobject": "Account", "master": id, "losers": [id, ...], "fields": {...}}."""
    body = call.json_object()
    merged = instance.org.merge(
        str(body.get("sobject", "")), str(body.get("master", "")), _ids(body, "losers"), body.get("fields") or {}
    )
    told = {"mergedRecordIds": merged.merged_record_ids, "updatedRelatedIds": merged.updated_related_ids}
    return Answer(body={"id": merged.id, **told})


@ROUTES.add("POST", "/localorg/undelete", is_open=True)
def undelete(instance: Instance, call: Call) -> Answer:
    """A result for each of {"ids": [id, ...]}."""
    ids = _ids(call.json_object(), "ids")
    return Answer(body=_results(ids, instance.org.undelete(ids)))


@ROUTES.add("POST", "/localorg/purge", is_open=True)
def purge(instance: Instance, call: Call) -> Answer:
    """A result for each of {"ids": [id, ...]} that was removed from the recycle bin; without ids, how many were."""
    body = call.json_object()
    if "ids" not in body:
        return Answer(body={"purged": instance.org.empty_recycle_bin()})
    ids = _ids(body, "ids")
    return Answer(body=_results(ids, instance.org.purge(ids)))


def _ids(body: dict[str, Any], name: str) -> list[str]:
    ids = body.get(name)
    if not isinstance(ids, list) or not all(isinstance(record_id, str) for record_id in ids):
        raise OrgError(400, "INVALID_RECORDS", f"'{name}' must be a list of ids")
    return list(ids)


def _results(ids: list[str], outcomes: list[OrgError | None]) -> list[dict[str, Any]]:
    return [
        {"id": record_id, "success": error is None, "errors": [] if error is None else [str(error)]}
        for record_id, error in zip(ids, outcomes, strict=True)
    ]
