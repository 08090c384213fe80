"""Run a Bulk API 1.0 batch that queries: one result file, or one for each chunk of primary keys."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from localorg.bulk1.jobs import Batch, BulkError, Job
from localorg.bulk1.responses import xml_root
from localorg.errors import OrgError
from localorg.ids import make_id
from localorg.number_texts import to_number_text, with_exponents
from localorg.org import Org
from localorg.schema.model import Schema
from localorg.state.instance import Instance
from localorg.xml_text import tag

RECORDS_AT_ONCE = 2_000
NOTHING_FOUND = "Records not found for this query"


@dataclass(frozen=True)
class Output:
    """A result piece by piece: what a file begins and ends with, what stands between two records, and the records."""

    head: str
    between: str
    tail: str
    empty: str
    records: Iterator[list[str]]


def query(instance: Instance, job: Job, batch: Batch) -> None:
    """Run the query of the batch. Cut by primary key, it has no result itself, but each further batch has a part.

    Raises:
        BulkError: InvalidBatch or FeatureNotEnabled, where the query cannot run.
    """
    soql = batch.request.read_text(encoding="utf-8", errors="replace").strip()
    try:
        output = _OUTPUTS[job.content_type](instance.org, job, soql)
        if job.chunk_size is None:
            batch.processed = _write(output, batch, output.records)
            return
        for chunk in _chunks(output.records, job.chunk_size):
            part = job.add_batch(instance.clock())
            part.processed = _write(output, part, iter([chunk]))
            part.end("Completed", instance.clock())
    except OrgError as error:
        raise _to_refusal(error) from error
    batch.end("NotProcessed", instance.clock())


def _to_refusal(error: OrgError) -> BulkError:
    feature, colon, message = error.message.partition(" : ")
    if error.code == "API_ERROR" and colon:
        return BulkError(feature, message)
    return BulkError("InvalidBatch", f"Failed to process query: {error.code}: {error.message}")


def _write(output: Output, batch: Batch, records: Iterator[list[str]]) -> int:
    """Return how many records the batch's one result has."""
    path, written = batch.folder / "result", 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for some in records:
            file.write(output.between if written else output.head)
            file.write(output.between.join(some))
            written += len(some)
        file.write(output.tail if written else output.empty)
    batch.results[_result_id(batch)] = path
    return written


def _result_id(batch: Batch) -> str:
    """Return a result id, of 15 characters as recorded, unlike all other ids."""
    return make_id("752", 1)[:6] + batch.id[6:15]


def _chunks(records: Iterator[list[str]], size: int) -> Iterator[list[str]]:
    waiting: list[str] = []
    for some in records:
        waiting += some
        while len(waiting) >= size:
            yield waiting[:size]
            del waiting[:size]
    if waiting:
        yield waiting


def _to_csv(org: Org, job: Job, soql: str) -> Output:
    export = org.export(soql, include_deleted=job.operation == "queryAll")
    lines: list[str] = []
    writer = csv.writer(SimpleNamespace(write=lines.append), quoting=csv.QUOTE_ALL, lineterminator="\n")

    def records() -> Iterator[list[str]]:
        with closing(export):
            for rows in export.batches():
                writer.writerows(rows)
                yield lines.copy()
                lines.clear()

    writer.writerow(export.columns)
    return Output(lines.pop(), "", "", NOTHING_FOUND, records())


def _to_json(org: Org, job: Job, soql: str) -> Output:
    return Output(
        "[", ",", "]", "[]", ([with_exponents(json.dumps(r)) for r in records] for records in _read(org, job, soql))
    )


def _to_xml(org: Org, job: Job, soql: str) -> Output:
    start, end = xml_root("queryResult")
    records = ([_record_as_xml(r) for r in records] for records in _read(org, job, soql))
    return Output(start, "", end, start + end, records)


_OUTPUTS = {"CSV": _to_csv, "JSON": _to_json, "XML": _to_xml}


def _read(org: Org, job: Job, soql: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the records as the REST API has them, except for timestamps."""
    result = org.query(soql, include_deleted=job.operation == "queryAll")
    root = f"/services/data/v{job.version}"
    formatted = _FormattedRow(org.schema, _to_epoch if job.content_type == "JSON" else _to_zulu)
    for start in range(0, result.total_size, RECORDS_AT_ONCE):
        records = result.records(start, RECORDS_AT_ONCE, root=root)
        if not records:
            raise _not_for_bulk("Aggregate Relationship")
        for record in records:
            formatted.change(record)
        yield records


class _FormattedRow:
    """Gives records their points in time in another form, and refuses what bulk queries cannot hold."""

    def __init__(self, schema: Schema, convert: Callable[[str], Any]) -> None:
        self._schema = schema
        self._convert = convert
        self._moments: dict[str, frozenset[str]] = {}

    def change(self, record: dict[str, Any]) -> None:
        moments = self._moments_of(record["attributes"]["type"])
        for name, value in record.items():
            if type(value) is dict and name != "attributes":
                if "attributes" not in value:
                    is_child = "records" in value
                    raise _not_for_bulk("Relationship (parent to child) subqueries" if is_child else "Compound data")
                self.change(value)
            elif name in moments and value is not None:
                record[name] = self._convert(value)

    def _moments_of(self, type_name: str) -> frozenset[str]:
        if type_name not in self._moments:
            sobject = self._schema.find(type_name)
            if sobject is None:
                raise _not_for_bulk("Aggregate Relationship")
            self._moments[type_name] = frozenset(field.name for field in sobject.fields if field.type == "datetime")
        return self._moments[type_name]


def _to_epoch(stamp: str) -> int:
    return round(datetime.fromisoformat(stamp).timestamp() * 1000)


def _to_zulu(stamp: str) -> str:
    return stamp.removesuffix("+0000") + "Z"


def _record_as_xml(record: dict[str, Any]) -> str:
    return f'<records xsi:type="sObject">{_fields_as_xml(record)}</records>'


def _fields_as_xml(record: dict[str, Any]) -> str:
    parts = [tag("type", record["attributes"]["type"])]
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            parts.append(f'<{name} xsi:type="sObject">{_fields_as_xml(value)}</{name}>')
        else:
            parts.append(tag(name, to_number_text(value) if isinstance(value, float) else value))
    return "".join(parts)


def _not_for_bulk(what: str) -> BulkError:
    return BulkError("FeatureNotEnabled", f"{what} not supported in Bulk Query")
