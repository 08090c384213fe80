"""Versions, describe and single records: /services/data and what lies below /sobjects."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from localorg.errors import OrgError
from localorg.rest.oauth import identity_url
from localorg.state.instance import Instance
from localorg.wire import VERSIONS, Answer, Call, Routes

ROUTES = Routes()


@ROUTES.add("GET", "/services/data", is_open=True)
def list_versions(_instance: Instance, _call: Call) -> Answer:
    """The API versions, oldest first."""
    return Answer(body=[{"label": _label(v), "url": f"/services/data/v{v}", "version": v} for v in VERSIONS])


def _label(version: str) -> str:
    """The release that brought a version: three a year, 50.0 being Winter '21."""
    releases_since = int(version.removesuffix(".0")) - 50
    return f"{('Winter', 'Spring', 'Summer')[releases_since % 3]} '{21 + releases_since // 3}"


@ROUTES.data("GET", "")
def list_resources(instance: Instance, call: Call) -> Answer:
    """The resources of a version; `identity` is absolute, since clients fetch it as it stands."""
    names = ("composite", "jobs", "limits", "query", "queryAll", "sobjects")
    return Answer(body={**{name: f"{call.root}/{name}" for name in names}, "identity": identity_url(instance, call)})


@ROUTES.data("GET", "/sobjects")
def describe_global(instance: Instance, call: Call) -> Answer:
    """All objects, in short."""
    return _unless_known(instance, call, instance.org.describe_global(root=call.root))


@ROUTES.data("GET", "/sobjects/{sobject}/describe")
def describe(instance: Instance, call: Call, sobject: str) -> Answer:
    """One object with its fields, or 304 if the client knows it."""
    return _unless_known(instance, call, instance.org.describe(sobject, root=call.root))


@ROUTES.data("GET", "/sobjects/{sobject}")
def describe_briefly(instance: Instance, call: Call, sobject: str) -> Answer:
    """One object without its fields."""
    described = instance.org.describe(sobject, root=call.root)
    brief = {name: value for name, value in described.items() if name not in ("fields", "childRelationships")}
    return Answer(body={"objectDescribe": brief, "recentItems": []})


def _unless_known(instance: Instance, call: Call, body: dict[str, Any]) -> Answer:
    """The body with ETag and Last-Modified, or 304 without it."""
    etag, changed_at = instance.etags.of(body)
    headers = {"ETag": etag, "Last-Modified": format_datetime(changed_at, usegmt=True)}
    if etag in call.headers.get("if-none-match", "") or _is_after(call.headers.get("if-modified-since"), changed_at):
        return Answer(304, headers=headers)
    return Answer(body=body, headers=headers)


def _is_after(header: str | None, changed_at: datetime) -> bool:
    if header is None:
        return False
    try:
        known_at = parsedate_to_datetime(header)
    except ValueError as error:
        raise OrgError(400, "INVALID_HEADER", f"If-Modified-Since is not an HTTP date: '{header}'") from error
    return known_at.replace(tzinfo=UTC) >= changed_at.replace(microsecond=0)


@ROUTES.data("POST", "/sobjects/{sobject}")
def create_record(instance: Instance, call: Call, sobject: str) -> Answer:
    """201 with the new id."""
    check_lock(call, 0)
    record_id = instance.org.create(sobject, record_fields(call.json_object()))
    return _written(call, sobject, record_id, 201, {})


@ROUTES.data("GET", "/sobjects/{sobject}/{record_id}")
def read_record(instance: Instance, call: Call, sobject: str, record_id: str) -> Answer:
    """One record, all fields or those in `fields`."""
    return Answer(body=instance.org.read(sobject, record_id, _asked_fields(call), root=call.root))


@ROUTES.data("PATCH", "/sobjects/{sobject}/{record_id}")
def update_record(instance: Instance, call: Call, sobject: str, record_id: str) -> Answer:
    """204."""
    check_lock(call, 0)
    instance.org.update(sobject, record_id, record_fields(call.json_object()))
    return Answer(204)


@ROUTES.data("DELETE", "/sobjects/{sobject}/{record_id}")
def delete_record(instance: Instance, call: Call, sobject: str, record_id: str) -> Answer:
    """204."""
    check_lock(call, 0)
    instance.org.delete(sobject, record_id)
    return Answer(204)


@ROUTES.data("GET", "/sobjects/{sobject}/{field}/{value}")
def read_by_external_id(instance: Instance, call: Call, sobject: str, field: str, value: str) -> Answer:
    """The record that has this value in an external id field; 300 with the addresses if several have."""
    found = instance.org.find(sobject, field, value)
    return read_record(instance, call, sobject, found)


@ROUTES.data("PATCH", "/sobjects/{sobject}/{field}/{value}")
def upsert_record(instance: Instance, call: Call, sobject: str, field: str, value: str) -> Answer:
    """201 if the record was created, else 200; `updateOnly=true` creates none."""
    check_lock(call, 0)
    update_only = call.query.get("updateOnly", "").lower() == "true"
    fields = record_fields(call.json_object())
    record_id, created = instance.org.upsert(sobject, field, value, fields, update_only=update_only)
    return _written(call, sobject, record_id, 201 if created else 200, {"created": created})


@ROUTES.data("DELETE", "/sobjects/{sobject}/{field}/{value}")
def delete_by_external_id(instance: Instance, call: Call, sobject: str, field: str, value: str) -> Answer:
    """204."""
    check_lock(call, 0)
    instance.org.delete(sobject, instance.org.find(sobject, field, value))
    return Answer(204)


def _written(call: Call, sobject: str, record_id: str, status: int, extra: dict[str, Any]) -> Answer:
    location = f"{call.root}/sobjects/{sobject}/{record_id}"
    return Answer(status, {"id": record_id, "success": True, "errors": [], **extra}, {"Location": location})


def record_fields(record: dict[str, Any]) -> dict[str, Any]:
    """What is to be written: a record without the `attributes` that clients send along."""
    return {name: value for name, value in record.items() if name != "attributes"}


def check_lock(call: Call, position: int) -> None:
    """Nothing, unless a fault locks the record at this position of the call.

    Raises:
        OrgError: UNABLE_TO_LOCK_ROW.
    """
    if call.fault is not None and call.fault.locks(position):
        raise OrgError(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")


def _asked_fields(call: Call) -> list[str] | None:
    asked = [name.strip() for name in call.query.get("fields", "").split(",") if name.strip()]
    return asked or None
