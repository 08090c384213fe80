"""Records beyond the condition of their mapping: the condition is tried, and what ceased to meet it is marked."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from simple_salesforce import Salesforce
from sqlalchemy import Connection

from closedwon.counts import Counts
from closedwon.errors import MappingFault, RequestRefused
from closedwon.flows.steps.batches import Batches
from closedwon.mapping.model import Mapping
from closedwon.salesforce.query_model import condition_query
from closedwon.salesforce.rest_query import read_pages
from closedwon.transform.pages import read_page
from closedwon.transform.rows import to_versions
from closedwon.warehouse.load import scope


def check_condition(sf: Salesforce, mapping: Mapping) -> None:
    """Have the org read the mapping's condition in a query that finds no record, before any record is read.

    The probe needs no such check: its own query of each run holds the condition.

    Raises:
        MappingFault: the org refuses the condition.
    """
    if mapping.where is None:
        return
    try:
        list(read_pages(sf, condition_query(mapping)))
    except RequestRefused as refused:
        raise MappingFault(
            f"{mapping.file}:{mapping.receive_lines['where']}: the org refuses `where: {mapping.where}` for "
            f"{mapping.sobject}, so that no record was read. It said: {refused}",
            remedy="Correct the condition, by API names of fields that the integration user may see and filter by; "
            "then clear this task and those after it.",
        ) from None


def mark_leavers(connection: Connection, mapping: Mapping, batches: Batches, *, is_latest: bool) -> Counts:
    """Mark the rows whose records were asked about and did not come, as they meet the mapping's condition no longer.

    A record that came and was rejected has come: it waits in quarantine.
    """
    numbers = batches.page_numbers("versions")
    if mapping.where is None or not numbers:
        return Counts()
    return scope.mark_leavers(connection, mapping, _frames(mapping, batches, numbers), is_latest=is_latest)


def _frames(mapping: Mapping, batches: Batches, numbers: list[int]) -> Iterator[pd.DataFrame]:
    for frame in batches.frames("rows", ["salesforce_id", "system_modstamp", "is_deleted"]):
        yield frame.assign(has_come=True)
    for frame in batches.frames("rejects", ["salesforce_id", "system_modstamp"]):
        yield frame.assign(is_deleted=False, has_come=True)
    for number in numbers:
        versions = to_versions(read_page(batches.read_page(number, "versions")), mapping)
        yield versions.assign(has_come=False)
