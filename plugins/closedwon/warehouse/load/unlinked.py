"""Records that a person has unlinked from their row: the import makes no second row of them."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, Table, delete, exists

from closedwon.mapping.model import Mapping
from closedwon.warehouse.load.match_reasons import Unclear, explain_unlinked
from closedwon.warehouse.state.link import LINK
from closedwon.warehouse.state.match_candidate import MATCH_CANDIDATE


def set_unlinked_apart(connection: Connection, mapping: Mapping, target: Table, staging: Table) -> Unclear:
    """Delete staged records that were unlinked and belong to no row, and return rejects for those not deleted.

    Clearing `salesforce_id` of a row leaves an ended link (`sync.keep_unlinked`). A record that has been given to a row
    again is none of these, nor is one that a person has since decided to be new.
    """
    line = MATCH_CANDIDATE.c
    is_to_be_new = exists().where(
        line.mapping == mapping.name,
        line.salesforce_id == staging.c.salesforce_id,
        line.decision == "new",
        line.decided_at > LINK.c.unlinked_at,
    )
    is_unlinked = (
        (LINK.c.salesforce_id == staging.c.salesforce_id)
        & (LINK.c.table_name == mapping.table)
        & LINK.c.unlinked_at.is_not(None)
        & ~exists().where(target.c.salesforce_id == staging.c.salesforce_id)
        & ~is_to_be_new
    )
    columns = (staging.c.salesforce_id, staging.c.system_modstamp, staging.c.is_deleted, LINK.c.row_id)
    found = connection.execute(delete(staging).where(is_unlinked).returning(*columns)).all()
    unlinked = pd.DataFrame(found, columns=[column.name for column in columns])
    return explain_unlinked(mapping, unlinked[~unlinked["is_deleted"].astype("bool")])
