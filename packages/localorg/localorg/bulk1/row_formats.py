"""Rows of a batch and their results in the three formats of the Bulk API 1.0: CSV, XML, JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from localorg.bulk1.jobs import BulkError
from localorg.bulk1.responses import xml_root
from localorg.bulk2.results import error_text
from localorg.errors import OrgError
from localorg.records.bulk.batches import Written
from localorg.records.bulk.upload_columns import to_fields
from localorg.xml_text import InvalidXml, child, is_nil, local_name, read_xml, tag, tags

Row = Mapping[str, Any] | OrgError
"""The fields that a row sets, or the error of a row that cannot be read."""
COLUMNS = ("Id", "Success", "Created", "Error")


def read_rows(content_type: str, body: bytes) -> tuple[set[str], Sequence[Row]]:
    """Return the names of fields, parents' keys as `Parent.Key`, that the batch uses as a whole, and its rows.

    Raises:
        BulkError: InvalidBatch, where the batch cannot be read.
    """
    return {"CSV": _read_csv, "XML": _read_xml, "JSON": _read_json}[content_type](body)


def _read_csv(body: bytes) -> tuple[set[str], Sequence[Row]]:
    try:
        lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        header = next(lines, [])
        return set(header), [_from_cells(header, row) for row in lines if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BulkError("InvalidBatch", f"Failed to parse CSV: {error}") from error


def _from_cells(header: Sequence[str], row: Sequence[str]) -> Row:
    try:
        return to_fields(header, row)
    except OrgError as error:
        return error


def _read_json(body: bytes) -> tuple[set[str], Sequence[Row]]:
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BulkError("InvalidBatch", f"Failed to parse JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BulkError("InvalidBatch", "Failed to parse JSON: a batch is a list of objects")
    return _names(rows), rows


def _read_xml(body: bytes) -> tuple[set[str], Sequence[Row]]:
    try:
        root = read_xml(body)
    except InvalidXml as error:
        raise BulkError("InvalidBatch", f"Failed to parse XML: {error}") from error
    rows = [_from_element(element) for element in root if local_name(element) == "sObject"]
    return _names(rows), rows


def _names(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    used = {(name, isinstance(value, dict)) for row in rows for name, value in row.items() if name != "attributes"}
    return {f"{name}.Id" if is_parent else name for name, is_parent in used}


def _from_element(element: Element) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for part in element:
        parent = child(part, "sObject")
        if parent is not None:
            fields[local_name(part)] = _parent_key(parent)
        elif is_nil(part):
            fields[local_name(part)] = None
        elif part.text:
            fields[local_name(part)] = part.text
    return fields


def _parent_key(parent: Element) -> dict[str, Any]:
    """Return the one field by which a parent is found, with its type where it is given."""
    fields = {local_name(part): part.text for part in parent if len(part) == 0}
    type_name = fields.pop("type", None)
    return {**fields, **({"attributes": {"type": type_name}} if type_name else {})}


def write_results(content_type: str, results: Sequence[Written]) -> str:
    """Return the results of the rows, in their order."""
    return {"CSV": _to_csv, "XML": _to_xml, "JSON": _to_json}[content_type](results)


def _to_csv(results: Sequence[Written]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in results:
        words = (str(row.error is None).lower(), str(row.created).lower())
        writer.writerow([_id_of(row), *words, "" if row.error is None else error_text(row.error)])
    return text.getvalue()


def _to_json(results: Sequence[Written]) -> str:
    return json.dumps(
        [
            {
                "success": row.error is None,
                "created": row.created,
                "id": _id_of(row) or None,
                "errors": [] if row.error is None else [_error_as_json(each) for each in row.error.all],
            }
            for row in results
        ]
    )


def _error_as_json(error: OrgError) -> dict[str, Any]:
    elements = {"message": error.message, "fields": error.fields, "statusCode": error.code}
    return {**elements, "extendedErrorDetails": None}


def _to_xml(results: Sequence[Written]) -> str:
    start, end = xml_root("results")
    return start + "".join(f"<result>{_result_as_xml(row)}</result>" for row in results) + end


def _result_as_xml(row: Written) -> str:
    success = tags((("success", row.error is None), ("created", row.created)))
    if row.error is None:
        return tag("id", row.id) + success
    return "".join(_error_as_xml(each) for each in row.error.all) + success


def _error_as_xml(error: OrgError) -> str:
    fields = tags(("fields", name) for name in error.fields)
    elements = tags((("message", error.message), ("statusCode", error.code)))
    return f"<errors>{fields}{elements}</errors>"


def _id_of(row: Written) -> str:
    return "" if row.error is not None else str(row.id)
