"""The comparison itself: it must see what a client would stumble over."""

from __future__ import annotations

from typing import Any

import pytest
from recorded_shapes import differences

RECORDED = {"records": [{"Id": "0015500001QdZPKAA3", "Amount": 1.5, "At": "2015-06-25T21:54:38.000+0000", "To": None}]}


def changed(**fields: Any) -> dict[str, Any]:
    return {"records": [{**RECORDED["records"][0], **fields}]}


def test_other_values_of_the_same_form_are_no_difference() -> None:
    ours = changed(Id="001Lo0000000001IAA", Amount=2.0, At="2026-01-01T00:00:00.000+0000", To="text")
    assert differences(RECORDED, ours) == []


@pytest.mark.parametrize(
    ("ours", "told"),
    [
        (changed(Id="001Lo0000000001AAA"), ".records[].Id: id recorded, ours is text"),
        (changed(Amount=2), ".records[].Amount: decimal recorded, ours is integer"),
        (changed(Amount="1.5"), ".records[].Amount: decimal recorded, ours is text"),
        (changed(At="2026-01-01T00:00:00Z"), ".records[].At: datetime recorded, ours is text"),
        (changed(More=1), "only we have .records[].More"),
        ({"records": [{"Id": None}]}, "we lack .records[].Amount"),
        ({"records": {}}, ".records: list recorded, ours is object"),
        ({}, "we lack .records"),
        ([], ": object recorded, ours is list"),
    ],
)
def test_a_difference_of_form_is_named(ours: Any, told: str) -> None:
    assert told in differences(RECORDED, ours)


def test_an_answer_that_may_have_less_than_ours_is_still_held_to_what_it_has() -> None:
    assert differences(RECORDED, changed(More=1), may_have_less=True) == []
    assert differences(RECORDED, changed(More=1, Amount="x"), may_have_less=True) != []


def test_nothing_is_said_of_what_is_below_an_empty_list_or_null() -> None:
    assert differences(RECORDED, {"records": []}) == []
    assert differences(RECORDED, {"records": None}) == []
