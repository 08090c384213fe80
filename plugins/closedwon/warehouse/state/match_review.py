"""Review of ambiguous matches after a load: the candidates of records that wait, and no others."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, delete, exists

from closedwon.mapping.model import Mapping
from closedwon.warehouse.state.match_candidate import MATCH_CANDIDATE, is_open, put_candidates
from closedwon.warehouse.state.quarantine import QUARANTINE


def update_candidates(connection: Connection, mapping: Mapping, candidates: pd.DataFrame, run_id: str) -> None:
    """Write the candidates of a load, and forget the open ones of records that wait in quarantine no more.

    Such a record has come in, by itself or linked by hand, or is gone.

    Args:
        candidates: as for `put_candidates`.
    """
    put_candidates(connection, mapping, candidates, run_id)
    waits = exists().where(
        QUARANTINE.c.mapping == mapping.name,
        QUARANTINE.c.state == "waiting",
        QUARANTINE.c.salesforce_id == MATCH_CANDIDATE.c.salesforce_id,
    )
    connection.execute(delete(MATCH_CANDIDATE).where(is_open(mapping), ~waits))
