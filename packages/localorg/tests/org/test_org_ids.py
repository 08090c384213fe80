from __future__ import annotations

import json
import re

import pytest
from material import MATERIAL

from localorg.ids import make_id, number_of, to_id18


def test_an_id_of_15_characters_gets_the_checksum_of_its_case() -> None:
    assert to_id18("01254000001upcK") == "01254000001upcKAAQ"


@pytest.mark.parametrize("written", ["01254000001upckaaq", "01254000001UPCKAAQ", "01254000001upcKAAQ"])
def test_an_id_of_18_characters_is_known_in_any_case(written: str) -> None:
    assert to_id18(written) == "01254000001upcKAAQ"


@pytest.mark.parametrize(
    "text", ["", "001", "01254000001upc", "01254000001upcKAA!", "01254000001upcKAAQQ", "0" * 15 + "B09"]
)
def test_a_text_that_cannot_be_an_id_is_refused(text: str) -> None:
    assert to_id18(text) is None


def test_ids_of_one_object_sort_in_the_order_of_their_making() -> None:
    ids = [make_id("001", number) for number in range(1, 5_000)]

    assert sorted(ids) == ids
    assert [number_of(record_id) for record_id in ids] == list(range(1, 5_000))


def test_the_checksum_holds_on_the_recorded_ids() -> None:
    file = MATERIAL / "recorded" / "exchanges" / "restforce-db.jsonl"
    if not file.exists():
        pytest.skip("the recorded exchanges are not here")
    ids = set(re.findall(r"/sobjects/\w+/([A-Za-z0-9]{18})\b", json.dumps(file.read_text(encoding="utf-8"))))

    assert len(ids) > 10
    assert {record_id for record_id in ids if to_id18(record_id[:15]) != record_id} == set()
