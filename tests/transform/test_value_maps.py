"""Labels become codes and codes labels, column by column."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from pandas import DataFrame, Series

from closedwon.mapping.model import QUARANTINE, Field, Mapping, ValueMap
from closedwon.transform.value_maps import count_fallbacks, explain_fallback, to_codes, to_labels

STAGES = ValueMap("stage", "values/stage.csv", MappingProxyType({"Closed Won": "won", "Prospecting": "open"}))


def texts(*values: str | None) -> Series:
    return Series(list(values), dtype="str", index=range(10, 10 + len(values)))


def test_labels_become_codes_at_their_places() -> None:
    codes = to_codes(texts("Prospecting", None, "Closed Won", "Prospecting"), STAGES, QUARANTINE)

    assert codes.fillna("-").to_dict() == {10: "open", 11: "-", 12: "won", 13: "open"}
    assert codes.dtype == "str"


def test_an_unlisted_label_becomes_the_fallback_and_an_empty_one_stays_empty() -> None:
    labels = texts("Lost", None, "Closed")

    assert to_codes(labels, STAGES, "open").fillna("-").tolist() == ["open", "-", "open"]
    assert to_codes(labels, STAGES, None).isna().all()
    assert to_codes(labels, STAGES, QUARANTINE).isna().all()


@pytest.mark.parametrize("label", ["closed won", "CLOSED WON", " Closed Won", "Closed Won \u00a0"])
def test_labels_are_compared_as_salesforce_does(label: str) -> None:
    assert to_codes(texts(label), STAGES, "open").tolist() == ["won"]
    assert STAGES.to_code(label) == "won"


def test_what_fell_back_is_counted_by_label() -> None:
    fields = [
        Field("StageName", "stage", "picklist", "receive", values=STAGES, fallback="open"),
        Field("Type", "kind", "picklist", "receive", values=STAGES, fallback=None),
        Field("Rating", "rating", "picklist", "receive", values=STAGES),
    ]
    mapping = Mapping("deals", "deals.yaml", "Opportunity", "crm.deals", "receive", tuple(fields))
    labels = texts("Lost", "closed won", None, "Lost")
    page = DataFrame({"StageName": labels, "Type": labels.iloc[::-1], "Rating": labels})

    found = count_fallbacks(page, mapping)

    assert found == {("stage", "Lost"): 2, ("kind", "Lost"): 2}
    assert explain_fallback(mapping, "stage", "Lost", 2).startswith(
        "deals: StageName = 'Lost' is not in values/stage.csv, so that stage is 'open' by `fallback` in 2 records."
    )
    assert "kind is empty" in explain_fallback(mapping, "kind", "Lost", 2)


def test_a_column_without_labels_has_no_codes() -> None:
    assert to_codes(texts(None, None), STAGES, "open").isna().tolist() == [True, True]
    assert to_codes(texts(), STAGES, "open").tolist() == []


def test_codes_become_the_labels_that_they_came_from() -> None:
    labels = to_labels(Series(["won", None, "lost", "open"], dtype=object), STAGES)

    assert labels.fillna("-").tolist() == ["Closed Won", "-", "-", "Prospecting"]
