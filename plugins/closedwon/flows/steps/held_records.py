"""What the org holds of the records that rows are sent to."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from typing import Any

from pandas import DataFrame
from simple_salesforce import Salesforce

from closedwon.mapping.model import Key, Mapping
from closedwon.salesforce.collections import read_records
from closedwon.salesforce.record_lookup import find_ids
from closedwon.transform.payload import to_theirs
from closedwon.transform.row_records import to_searched, to_spelled


def read_theirs(
    sf: Salesforce,
    mapping: Mapping,
    key: Key,
    describe: Dictionary[str, Any],
    rows: DataFrame,
    others: Iterable[str] = (),
) -> DataFrame:
    """Return the records that rows are linked to, those with the external ids of the other rows, and some others.

    Args:
        rows: with `record_key`, `record_id` and `is_linked`.
        others: ids of further records.

    Returns:
        As from `to_theirs`; external ids are spelled as the rows spell them.
    """
    ids = [*rows["record_id"].dropna(), *others]
    if key.salesforce != "Id":
        ids += find_ids(
            sf, mapping.sobject, key.salesforce, to_searched(rows["record_key"][~rows["is_linked"]], key, describe)
        )
    fields = list(dict.fromkeys(["Id", key.salesforce, *(field.salesforce for field in mapping.sent)]))
    records = DataFrame(
        read_records(sf, mapping.sobject, list(dict.fromkeys(ids)), fields), columns=fields, dtype=object
    )
    return to_spelled(to_theirs(records, mapping, key, describe), rows, key, describe)
