"""Describe and single records: everything below /sobjects."""

from __future__ import annotations

from typing import Any

from localorg.errors import row_locked
from localorg.ids import to_id18
from localorg.messages import Answer, Call
from localorg.rest.conditional_requests import check_unmodified, is_known, unless_not_modified
from localorg.rest.files import with_files
from localorg.rest.records import record_fields, succeeded
from localorg.rest.relationships import read_related
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
FIRST_TO_TELL_CREATED = 46.0


@ROUTES.data("GET", "/sobjects")
def describe_global(instance: Instance, call: Call) -> Answer:
    """Return all objects, in short."""
    return unless_not_modified(instance, call, instance.org.describe_global(root=call.root))


@ROUTES.data("GET", "/sobjects/{sobject}/describe")
def describe(instance: Instance, call: Call, sobject: str) -> Answer:
    """Return one object with its fields, or 304 if the client knows it."""
    described = instance.org.describe(sobject, root=call.root)
    if described["layoutable"]:
        described["urls"] |= _pages(call.base_url, described["keyPrefix"])
    return unless_not_modified(instance, call, described)


def _pages(base_url: str, key_prefix: str) -> dict[str, str]:
    """Return the addresses at which people see, change and create a record, in an org that has pages."""
    return {
        "uiDetailTemplate": f"{base_url}/{{ID}}",
        "uiEditTemplate": f"{base_url}/{{ID}}/e",
        "uiNewRecord": f"{base_url}/{key_prefix}/e",
    }


@ROUTES.data("GET", "/sobjects/{sobject}")
def describe_briefly(instance: Instance, call: Call, sobject: str) -> Answer:
    """Return one object without its fields."""
    described = instance.org.describe(sobject, root=call.root)
    brief = {name: value for name, value in described.items() if name not in ("fields", "childRelationships")}
    return Answer(body={"objectDescribe": brief, "recentItems": []})


@ROUTES.data("POST", "/sobjects/{sobject}")
def create_record(instance: Instance, call: Call, sobject: str) -> Answer:
    """Create a record; answer 201 with its id."""
    check_lock(call, 0)
    fields = record_fields(with_files(call, call.json_object()))
    record_id = instance.org.create(sobject, fields, allow_duplicates=call.allows_duplicates)
    return _written(call, sobject, record_id, 201, {})


@ROUTES.data("GET", "/sobjects/{sobject}/{record_id}")
def read_record(instance: Instance, call: Call, sobject: str, record_id: str) -> Answer:
    """Return one record, all fields or those in `fields`; 304 if it was not changed since the client read it."""
    if is_known(instance, call, sobject, record_id):
        return Answer(304)
    return Answer(body=instance.org.read(sobject, record_id, call.asked_fields, root=call.root))


@ROUTES.data("PATCH", "/sobjects/{sobject}/{record_id}")
def update_record(instance: Instance, call: Call, sobject: str, record_id: str) -> Answer:
    """Update a record; answer 204, or 412 if it was changed since the time that the client names."""
    check_lock(call, 0, record_id)
    check_unmodified(instance, call, sobject, record_id)
    fields = record_fields(with_files(call, call.json_object()))
    instance.org.update(sobject, record_id, fields, allow_duplicates=call.allows_duplicates)
    return Answer(204)


@ROUTES.data("DELETE", "/sobjects/{sobject}/{record_id}")
def delete_record(instance: Instance, call: Call, sobject: str, record_id: str) -> Answer:
    """Delete a record; answer 204, or 412 if it was changed since the time that the client names."""
    check_lock(call, 0, record_id)
    check_unmodified(instance, call, sobject, record_id)
    instance.org.lifecycle.delete(sobject, record_id)
    return Answer(204)


@ROUTES.data("GET", "/sobjects/{sobject}/{field}/{value}")
def read_by_external_id(instance: Instance, call: Call, sobject: str, field: str, value: str) -> Answer:
    """Return the record that has this value in an external id field; 300 with the addresses if several have.

    Where the field is the id of a record, what that record is related to by the relationship that `value` names.
    """
    known = instance.org.sobject(sobject)
    if known.find(field) is None and to_id18(field) is not None:
        return read_related(instance, call, known, field, value)
    return read_record(instance, call, sobject, instance.org.find(sobject, field, value))


@ROUTES.data("PATCH", "/sobjects/{sobject}/{field}/{value}")
def upsert_record(instance: Instance, call: Call, sobject: str, field: str, value: str) -> Answer:
    """Upsert a record; answer 201 if it was created, else 200; `updateOnly=true` creates none.

    Before version 46.0 an update is answered with 204, and nothing says whether the record was created.
    """
    check_lock(call, 0, value)
    fields = record_fields(call.json_object())
    record_id, created = instance.org.upsert(
        sobject,
        field,
        value,
        fields,
        update_only=call.is_set("updateOnly"),
        allow_duplicates=call.allows_duplicates,
    )
    if float(call.version) < FIRST_TO_TELL_CREATED:
        return _written(call, sobject, record_id, 201, {}) if created else Answer(204)
    return _written(call, sobject, record_id, 201 if created else 200, {"created": created})


@ROUTES.data("DELETE", "/sobjects/{sobject}/{field}/{value}")
def delete_by_external_id(instance: Instance, call: Call, sobject: str, field: str, value: str) -> Answer:
    """Delete the record with that external id; answer 204."""
    check_lock(call, 0)
    instance.org.lifecycle.delete(sobject, instance.org.find(sobject, field, value))
    return Answer(204)


def _written(call: Call, sobject: str, record_id: str, status: int, extra: dict[str, Any]) -> Answer:
    location = f"{call.root}/sobjects/{sobject}/{record_id}"
    return Answer(status, {**succeeded(record_id), **extra}, {"Location": location})


def check_lock(call: Call, position: int, record_id: str | None = None) -> None:
    """Refuse the write if a fault locks the record at this position of the call, or with this id.

    Raises:
        OrgError: UNABLE_TO_LOCK_ROW.
    """
    if call.fault is not None and call.fault.locks(position, record_id):
        raise row_locked()
