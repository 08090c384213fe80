"""SOAP calls on records: merge, undelete, emptyRecycleBin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from localorg.errors import OrgError
from localorg.messages import Call
from localorg.soap.envelope import Request
from localorg.state.instance import Instance
from localorg.xml_text import XSI, child, is_nil, local_name, tag, tags, text_of

MOST_RECORDS = 200
TYPE = f"{{{XSI}}}type"


def merge(instance: Instance, _call: Call, request: Request) -> str:
    """Merge each group of records; return one result per group."""
    return "".join(_merge(instance, request_element) for request_element in _several(request, "request"))


def undelete(instance: Instance, _call: Call, request: Request) -> str:
    """Undelete records; return one result per id."""
    return _each(request, instance.org.lifecycle.undelete)


def empty_recycle_bin(instance: Instance, _call: Call, request: Request) -> str:
    """Remove records from the recycle bin; return one result per id."""
    return _each(request, instance.org.lifecycle.purge)


def _merge(instance: Instance, request_element: Element) -> str:
    master = child(request_element, "masterRecord")
    master_id = text_of(master, "Id")
    losers = [_text(part) for part in request_element if local_name(part) == "recordToMergeIds"]
    try:
        if master is None:
            raise OrgError(400, "MISSING_ARGUMENT", "masterRecord not specified in a merge call")
        merged = instance.org.lifecycle.merge(_type_of(master), master_id, losers, _fields(master))
    except OrgError as error:
        return _refused(error, master_id)
    went = tags(("mergedRecordIds", record_id) for record_id in merged.merged_record_ids)
    moved = tags(("updatedRelatedIds", record_id) for record_id in merged.updated_related_ids)
    return f"<result>{tag('id', merged.id)}{went}{tag('success', True)}{moved}</result>"


def _type_of(record: Element) -> str:
    """Return the object, which the partner WSDL has as an element and the enterprise WSDL as the element's type."""
    return text_of(record, "type") or record.get(TYPE, "").rpartition(":")[2]


def _fields(record: Element) -> dict[str, Any]:
    """Return the fields that a record sets; `fieldsToNull` names those that it clears."""
    fields: dict[str, Any] = {_text(part): None for part in record if local_name(part) == "fieldsToNull"}
    for part in record:
        if local_name(part) not in ("type", "Id", "fieldsToNull") and len(part) == 0:
            fields[local_name(part)] = None if is_nil(part) else part.text
    return fields


def _each(request: Request, act: Callable[[Iterable[str]], Sequence[OrgError | None]]) -> str:
    ids = [_text(part) for part in _several(request, "ids")]
    results = zip(ids, act(ids), strict=True)
    return "".join(_done(record_id) if error is None else _refused(error, record_id) for record_id, error in results)


def _several(request: Request, name: str) -> list[Element]:
    found = [part for part in request.operation if local_name(part).lower() == name]
    if len(found) > MOST_RECORDS:
        raise OrgError(
            500, "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST_RECORDS} records"
        )
    return found


def _done(record_id: str) -> str:
    return f"<result>{tag('id', record_id)}{tag('success', True)}</result>"


def _refused(error: OrgError, record_id: str) -> str:
    errors = "".join(_error_element(each) for each in error.all)
    known = tag("id", record_id) if record_id else tag("id", None)
    return f"<result>{errors}{known}{tag('success', False)}</result>"


def _error_element(error: OrgError) -> str:
    fields = tags(("fields", name) for name in error.fields)
    elements = tags((("message", error.message), ("statusCode", error.code)))
    return f"<errors>{fields}{elements}</errors>"


def _text(element: Element) -> str:
    return (element.text or "").strip()
