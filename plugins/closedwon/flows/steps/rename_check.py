"""Check whether a mapping that is sent may be another one whose file was renamed."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any

from sqlalchemy import Connection

from closedwon.errors import MappingFault
from closedwon.mapping.model import Mapping
from closedwon.mapping.renamed import ask_for_id, to_words
from closedwon.warehouse.state.plan_results import find_former_writers


def check_rename(connection: Connection, mapping: Mapping, describe: Dictionary[str, Any]) -> None:
    """Raise if the mapping has no `id` and may be another one: it would know none of its links and of its ledger.

    Raises:
        MappingFault: it has planned nothing yet, and a mapping that is gone has written records of the same object.
    """
    if mapping.id is not None or not (gone := find_former_writers(connection, mapping, describe["keyPrefix"])):
        return
    raise MappingFault(
        f"{mapping.file} is a mapping that has sent nothing yet. Records of {mapping.sobject} were written by the "
        f"mapping {to_words(gone)}, which no file sends any more. If the file was renamed, the mapping would not know "
        "these records for its own, and make some a second time: it has planned nothing.",
        remedy=ask_for_id(
            mapping,
            next(iter(gone)),
            goes_on="it goes on with its links and its ledger",
            begins="it looks for records by its key",
        ),
    )
