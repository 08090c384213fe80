"""sObject Collections: up to 200 records in one call, with one result per record in the order of the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from localorg.errors import OrgError, WrongType
from localorg.messages import Answer, Call
from localorg.records.bulk.record_matching import repeated_ids, repeated_keys
from localorg.records.single.external_ids import external_id_field
from localorg.rest.collection_checks import CollectionChecks, type_in
from localorg.rest.files import with_files
from localorg.rest.records import failed, id_of, named, record_fields, succeeded, type_of
from localorg.rest.sobjects import check_lock
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
MOST_WRITES, MOST_READS, MOST_CHUNKS = 200, 2000, 10


@ROUTES.data("POST", "/composite/sobjects")
def create_records(instance: Instance, call: Call) -> Answer:
    """Create records; return a result for each."""

    def create(record: dict[str, Any]) -> dict[str, Any]:
        fields = record_fields(with_files(call, record))
        return succeeded(instance.org.create(type_of(record), fields, allow_duplicates=call.allows_duplicates))

    return _write_records(instance, call, create, type_of)


@ROUTES.data("PATCH", "/composite/sobjects")
def update_records(instance: Instance, call: Call) -> Answer:
    """Update records by their ids; return a result for each."""

    def update(record: dict[str, Any]) -> dict[str, Any]:
        fields = record_fields(with_files(call, record))
        name = named(fields, "Id")
        if name is None:
            raise OrgError(400, "MISSING_ARGUMENT", "Id not specified in an update call")
        record_id = str(fields.pop(name))
        instance.org.update(type_of(record), record_id, fields, allow_duplicates=call.allows_duplicates)
        return succeeded(record_id)

    return _write_records(instance, call, update, type_of, lambda records: repeated_ids([*map(id_of, records)]))


@ROUTES.data("PATCH", "/composite/sobjects/{sobject}/{field}")
def upsert_records(instance: Instance, call: Call, sobject: str, field: str) -> Answer:
    """Upsert records by an external id; return a result for each, with `created`."""

    def upsert(record: dict[str, Any]) -> dict[str, Any]:
        fields = record_fields(record)
        value = fields.pop(named(fields, field) or field, None)
        if field.lower() == "id" and not value:  # recorded live
            made = instance.org.create(sobject, fields, allow_duplicates=call.allows_duplicates)
            return {**succeeded(made), "created": True}
        allow_duplicates = call.allows_duplicates
        record_id, created = instance.org.upsert(sobject, field, value, fields, allow_duplicates=allow_duplicates)
        return {**succeeded(record_id), "created": created}

    def repeated(records: Sequence[dict[str, Any]]) -> dict[int, OrgError]:
        key = external_id_field(instance.org.sobject(sobject), field)
        return repeated_keys(key, [record.get(named(record, field) or field) for record in records])

    return _write_records(instance, call, upsert, lambda _: sobject, repeated, {"created": False})


@ROUTES.data("DELETE", "/composite/sobjects")
def delete_records(instance: Instance, call: Call) -> Answer:
    """Delete the records of `ids`; return a result for each."""
    ids = _ids(call.query.get("ids", "").split(","))
    _check_number(len(ids), MOST_WRITES)

    def delete(record_id: str) -> dict[str, Any]:
        instance.org.lifecycle.delete(_sobject_of(instance, record_id), record_id)
        return succeeded(record_id)

    return Answer(body=_results(instance, call, ids, delete, call.is_set("allOrNone")))


@ROUTES.data("GET", "/composite/sobjects/{sobject}")
def read_records(instance: Instance, call: Call, sobject: str) -> Answer:
    """Return the records of `ids`, null for an id that has none."""
    return _read(instance, call, sobject, call.query.get("ids", "").split(","), call.asked_fields or [])


@ROUTES.data("POST", "/composite/sobjects/{sobject}")
def read_many_records(instance: Instance, call: Call, sobject: str) -> Answer:
    """Return the same for more ids than a URL holds."""
    body = call.json_object()
    ids, fields = body.get("ids") or [], body.get("fields") or []
    if not isinstance(ids, list) or not isinstance(fields, list):
        raise OrgError(400, "JSON_PARSER_ERROR", "'ids' and 'fields' must be lists")
    return _read(instance, call, sobject, ids, fields)


def _read(instance: Instance, call: Call, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> Answer:
    wanted, asked = _ids(ids), _ids(fields)
    _check_number(len(wanted), MOST_READS)
    if not asked:
        raise OrgError(400, "MISSING_ARGUMENT", "Required parameter 'fields' is missing")
    return Answer(body=instance.org.read_many(sobject, wanted, asked, root=call.root))


def _write_records(
    instance: Instance,
    call: Call,
    write: Callable[[dict[str, Any]], dict[str, Any]],
    sobject_of: Callable[[dict[str, Any]], str],
    repeated: Callable[[Sequence[dict[str, Any]]], dict[int, OrgError]] = lambda _: {},
    failure: Mapping[str, Any] = MappingProxyType({}),
) -> Answer:
    body = call.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise OrgError(400, "INVALID_ARGUMENT", "'records' must be a list of objects")
    _check_number(len(records), MOST_WRITES)
    _check_chunks(records)
    checks = CollectionChecks(instance, records, sobject_of, repeated(records))
    results = _results(instance, call, records, write, bool(body.get("allOrNone", False)), checks.check)
    return Answer(body=[result if result["success"] else {**result, **failure} for result in results])


def _results(
    instance: Instance,
    call: Call,
    items: Sequence[Any],
    write: Callable[[Any], dict[str, Any]],
    all_or_none: bool,
    check: Callable[[int], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Return one result per item; with `all_or_none`, the first failure rolls back the others."""
    results: list[dict[str, Any]] = []
    with instance.org.transaction() as transaction:
        for position, item in enumerate(items):
            try:
                check_lock(call, position, item if isinstance(item, str) else id_of(item))
                check(position)
                results.append(write(item))
            except WrongType:
                raise  # The whole body must be read before anything is written.
            except OrgError as error:
                results.append(failed(error))
        if all_or_none and not all(result["success"] for result in results):
            transaction.rollback()
            return [_rolled_back() if result["success"] else result for result in results]
    return results


def _rolled_back() -> dict[str, Any]:
    return failed(
        OrgError(
            400,
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "Record rolled back because not all records were valid and the request was using AllOrNone header",
        )
    )


def _check_chunks(records: list[dict[str, Any]]) -> None:
    types = [type_in(record) for record in records]
    chunks = sum(1 for before, after in zip([None, *types], types, strict=False) if before != after)
    if chunks > MOST_CHUNKS:
        raise OrgError(400, "LIMIT_EXCEEDED", f"Cannot have more than {MOST_CHUNKS} chunks in a single operation")


def _check_number(number: int, most: int) -> None:
    if number > most:
        raise OrgError(
            400, "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {most} records in this call"
        )


def _ids(texts: Sequence[str]) -> list[str]:
    return [str(text).strip() for text in texts if str(text).strip()]


def _sobject_of(instance: Instance, record_id: str) -> str:
    sobject = instance.org.schema.of_id(record_id)
    if sobject is None:
        raise OrgError(400, "MALFORMED_ID", f"malformed id {record_id}")
    return sobject.name
