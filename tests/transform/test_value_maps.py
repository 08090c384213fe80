"""Labels become codes and codes labels, column by column."""

from __future__ import annotations

from types import MappingProxyType

from pandas import Series

from closedwon.mapping.model import QUARANTINE, ValueMap
from closedwon.transform.value_maps import to_codes, to_labels

STAGES = ValueMap("stage", "values/stage.csv", MappingProxyType({"Closed Won": "won", "Prospecting": "open"}))


def texts(*values: str | None) -> Series:
    return Series(list(values), dtype="str", index=range(10, 10 + len(values)))


def test_labels_become_codes_at_their_places() -> None:
    codes = to_codes(texts("Prospecting", None, "Closed Won", "Prospecting"), STAGES, QUARANTINE)

    assert codes.fillna("-").to_dict() == {10: "open", 11: "-", 12: "won", 13: "open"}
    assert codes.dtype == "str"


def test_an_unlisted_label_becomes_the_fallback_and_an_empty_one_stays_empty() -> None:
    labels = texts("Lost", None, "closed won")

    assert to_codes(labels, STAGES, "open").fillna("-").tolist() == ["open", "-", "open"]
    assert to_codes(labels, STAGES, None).isna().all()
    assert to_codes(labels, STAGES, QUARANTINE).isna().all()


def test_a_column_without_labels_has_no_codes() -> None:
    assert to_codes(texts(None, None), STAGES, "open").isna().tolist() == [True, True]
    assert to_codes(texts(), STAGES, "open").tolist() == []


def test_codes_become_the_labels_that_they_came_from() -> None:
    labels = to_labels(Series(["won", None, "lost", "open"], dtype=object), STAGES)

    assert labels.fillna("-").tolist() == ["Closed Won", "-", "-", "Prospecting"]
