"""Records without a parent that the mapping leaves out: `without: skip` of a reference."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, Table, delete, exists

from closedwon.mapping.model import Field, Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.warehouse.load.reject_frames import join_frames, to_rejects


def set_skipped_apart(connection: Connection, mapping: Mapping, target: Table, staging: Table) -> pd.DataFrame:
    """Delete the new records from staging that refer to no parent, and return rejects for those not deleted in the org.

    A record whose parent is merely not here yet waits for it; one that has a row is updated, whatever it has lost.
    """
    skipped = [pd.DataFrame(columns=list(REJECT_COLUMNS))]
    is_held = exists().where(target.c.salesforce_id == staging.c.salesforce_id)
    columns = (staging.c.salesforce_id, staging.c.system_modstamp, staging.c.is_deleted)
    for field in (field for field in mapping.received if field.without):
        lacking = delete(staging).where(staging.c[field.column].is_(None), ~is_held).returning(*columns)
        found = pd.DataFrame(connection.execute(lacking).all(), columns=[column.name for column in columns])
        skipped.append(_explain_skipped(mapping, field, found[~found["is_deleted"].astype("bool")]))
    return join_frames(skipped)


def _explain_skipped(mapping: Mapping, field: Field, records: pd.DataFrame) -> pd.DataFrame:
    reason = (
        f"{field.salesforce} is empty, and {mapping.file}, line {field.line}, leaves out a record without a parent. "
        "It comes in when it gets one in Salesforce."
    )
    return to_rejects(records, "skipped", reason, field=field.salesforce)
