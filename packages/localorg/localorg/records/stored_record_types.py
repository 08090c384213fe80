"""Record types as records: create those of the schema, and add those that were created later to the schema."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localorg.records.bulk.data_loader import DataLoader
from localorg.schema.model import RecordType, Schema, SObject
from localorg.schema.record_type_definitions import with_record_type_ids
from localorg.storage.store import Store
from localorg.storage.tables import ROW


def create_record_types(store: Store, loading: DataLoader, schema: Schema, user_id: str) -> Schema:
    """Create the records of missing record types; return the schema with their ids."""
    records = schema.find("RecordType")
    if records is None:
        return schema
    known = _found(store, records)
    for sobject in schema.objects:
        names = {kind.developer_name for kind in known.get(sobject.name, ())}
        missing = [kind for kind in sobject.record_types if kind.developer_name not in names]
        loading.insert_many(records, [_to_row(sobject, kind) for kind in missing], user_id)
    return load_record_types(store, schema)


def load_record_types(store: Store, schema: Schema) -> Schema:
    """Return the schema with all record types that have records; itself, where it has them already."""
    records = schema.find("RecordType")
    if records is None:
        return schema
    for name, kinds in _found(store, records).items():
        sobject = schema.find(name)
        if sobject is not None and (learned := with_record_type_ids(sobject, kinds)) is not sobject:
            schema = schema.with_object(learned)
    return schema


def _found(store: Store, records: SObject) -> dict[str, list[RecordType]]:
    """Return the record types of each object, in the order in which they were made."""
    table = store.table(records)
    columns = [table.c[name] for name in ("SobjectType", "Name", "DeveloperName", "IsActive", "Description", "Id")]
    found: dict[str, list[RecordType]] = {}
    with store.reading() as connection:
        for sobject, name, developer_name, active, description, record_id in connection.execute(
            select(*columns).order_by(table.c[ROW])
        ):
            kind = RecordType(name, developer_name, bool(active), description=description, id=record_id)
            found.setdefault(sobject, []).append(kind)
    return found


def _to_row(sobject: SObject, kind: RecordType) -> dict[str, Any]:
    return {
        "Name": kind.name,
        "DeveloperName": kind.developer_name,
        "Description": kind.description,
        "SobjectType": sobject.name,
        "IsActive": kind.is_active,
    }
