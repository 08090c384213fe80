"""Rows and the mapping that they are checked by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from closedwon.mapping.model import Field, Mapping, ValueMap

STAGES = ValueMap("stage", "values/stage.csv", {"Closed Won": "won", "Prospecting": "open"})


@pytest.fixture
def deals() -> Mapping:
    return Mapping(
        name="deals",
        file="deals.yaml",
        sobject="Opportunity",
        table="crm.deals",
        direction="receive",
        fields=(
            Field("Name", "name", "text", "receive", required=True),
            Field("StageName", "stage", "picklist", "receive", values=STAGES),
            Field("Amount", "amount", "number", "receive"),
            Field("Seats__c", "seats", "integer", "receive"),
            Field("CloseDate", "close_on", "date", "receive"),
            Field("Start__c", "start_on", "date", "receive"),
            Field("Seen__c", "seen_at", "datetime", "receive"),
        ),
    )


@pytest.fixture
def rows_of() -> Callable[..., DataFrame]:
    """Makes rows that meet all expectations but for what is given; each change is one row."""

    def make(*changes: dict[str, Any]) -> DataFrame:
        row = {
            "salesforce_id": "",
            "system_modstamp": pd.Timestamp("2026-01-02T03:04:05Z"),
            "is_deleted": False,
            "name": "A deal",
            "stage": "won",
            "amount": "100.0",
            "seats": 5,
            "close_on": pd.Timestamp("2026-03-01"),
            "start_on": pd.Timestamp("2026-02-01"),
            "seen_at": pd.Timestamp("2026-01-01T00:00:00Z"),
        }
        frame = DataFrame([row | {"salesforce_id": f"0065g000000{n:07}"} | change for n, change in enumerate(changes)])
        return frame.astype(
            {
                "salesforce_id": "str",
                "system_modstamp": "datetime64[us, UTC]",
                "is_deleted": "bool",
                "name": "str",
                "stage": "str",
                "amount": "str",
                "seats": "Int64",
                "close_on": "datetime64[s]",
                "start_on": "datetime64[s]",
                "seen_at": "datetime64[us, UTC]",
            }
        )

    return make
