"""Records that a person has unlinked from their row: the import makes no second row of them."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, Table, delete, exists

from closedwon.mapping.model import Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.warehouse.state.link import LINK


def set_unlinked_apart(connection: Connection, mapping: Mapping, target: Table, staging: Table) -> pd.DataFrame:
    """Delete staged records that were unlinked and belong to no row, and return rejects for those not deleted.

    Clearing `salesforce_id` of a row leaves an ended link (`sync.keep_unlinked`). A record that has been given to a row
    again is none of these.
    """
    is_unlinked = (
        (LINK.c.salesforce_id == staging.c.salesforce_id)
        & (LINK.c.table_name == mapping.table)
        & LINK.c.unlinked_at.is_not(None)
        & ~exists().where(target.c.salesforce_id == staging.c.salesforce_id)
    )
    columns = (staging.c.salesforce_id, staging.c.system_modstamp, staging.c.is_deleted, LINK.c.row_id)
    found = connection.execute(delete(staging).where(is_unlinked).returning(*columns)).all()
    unlinked = pd.DataFrame(found, columns=[column.name for column in columns])
    return _to_rejects(mapping, unlinked[~unlinked["is_deleted"].astype("bool")])


def _to_rejects(mapping: Mapping, unlinked: pd.DataFrame) -> pd.DataFrame:
    row, record = unlinked["row_id"].astype("str"), unlinked["salesforce_id"].astype("str")
    seen = (
        "It was unlinked from row " + row + f" of {mapping.table}, whose salesforce_id was cleared: no second row is "
    )
    remedy = (
        "made of it. To link it again, set salesforce_id = '" + record + "' of its row; the next run reads it. "
        "To let the import make a new row, delete its line in sync.link, and set release_asked here."
    )
    return pd.DataFrame(
        {
            "salesforce_id": record,
            "system_modstamp": pd.to_datetime(unlinked["system_modstamp"], utc=True),
            "class": "needs_data",
            "field": "",
            "value": None,
            "reason": seen + remedy,
            "waits_for_table": None,
            "waits_for_id": None,
        }
    )[list(REJECT_COLUMNS)]
