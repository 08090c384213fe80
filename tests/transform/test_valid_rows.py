"""Which rejects of a batch go to quarantine where it holds several versions of a record."""

from __future__ import annotations

import pandas as pd

from closedwon.flows.steps.valid_rows import ValidRows, drop_overtaken

EARLY, LATE = pd.Timestamp("2026-11-30T10:00:00Z"), pd.Timestamp("2026-11-30T10:00:07Z")


def versions(*rows: tuple[str, pd.Timestamp]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["salesforce_id", "system_modstamp"]).astype({"salesforce_id": "str"})


def test_a_reject_is_dropped_only_where_a_later_version_of_its_record_has_passed() -> None:
    rejects = versions(("corrected", EARLY), ("spoiled", LATE), ("alone", EARLY))
    rows = ValidRows(invalid=set(), watched={"corrected", "spoiled", "alone"})
    list(rows.of([versions(("corrected", LATE), ("spoiled", EARLY), ("other", LATE))]))

    assert list(drop_overtaken(rejects, rows.arrived(set()))["salesforce_id"]) == ["spoiled", "alone"]


def test_all_rejects_stay_where_no_row_of_their_records_has_passed() -> None:
    assert list(drop_overtaken(versions(("alone", EARLY)), [])["salesforce_id"]) == ["alone"]
