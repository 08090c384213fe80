"""The one form in which values are sent and compared."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closedwon.mapping.model import Field, Key, Mapping, Send, ValueMap
from closedwon.transform.export_plan import changed_fields
from closedwon.transform.payload import to_payload, to_theirs

STATUS = ValueMap(
    "status", "values/status.csv", MappingProxyType({"Missing Required Info": "draft", "Done": "complete"})
)
KEY = Key("Code__c", "code")


def mapping_of(kind: Any, values: ValueMap | None = None) -> Mapping:
    field = Field("Value__c", "value", kind, "send", values=values)
    return Mapping("projects", "projects.yaml", "Project__c", "delivery.projects", "send", (field,), send=Send(KEY))


def describe_of(org_type: str, scale: int = 0) -> dict[str, Any]:
    return {"fields": [{"name": "Value__c", "type": org_type, "scale": scale}]}


def sent(value: Any, kind: Any, org_type: str, scale: int = 0, values: ValueMap | None = None) -> Any:
    """What is sent for one value of the warehouse."""
    rows = pd.DataFrame({"value": pd.Series([value], dtype=object)})
    payload, _ = to_payload(rows, mapping_of(kind, values), describe_of(org_type, scale))
    return payload["Value__c"].iloc[0]


@pytest.mark.parametrize(
    ("value", "kind", "org_type", "scale", "expected"),
    [
        pytest.param("Kick-off", "text", "string", 0, "Kick-off", id="text as it is"),
        pytest.param("Kick-off \t ", "text", "string", 0, "Kick-off", id="text without trailing blanks"),
        pytest.param("  indented", "text", "textarea", 0, "  indented", id="text keeps leading blanks"),
        pytest.param("one\r\ntwo", "text", "textarea", 0, "one\ntwo", id="text with plain line ends"),
        pytest.param("", "text", "string", 0, None, id="empty text is empty"),
        pytest.param("  ", "text", "string", 0, None, id="blank text is empty"),
        pytest.param(None, "text", "string", 0, None, id="no text is empty"),
        pytest.param("00123", "text", "string", 0, "00123", id="digits stay text"),
        pytest.param("#1;#2 – \"ü\" 🚀", "text", "string", 0, "#1;#2 – \"ü\" 🚀", id="signs and quotes stay"),
        pytest.param("Red;Blue", "text", "multipicklist", 0, "Blue;Red", id="choices in one order"),
        pytest.param(Decimal("12.345"), "number", "double", 2, 12.35, id="a number at the org's scale"),
        pytest.param(Decimal("62.5"), "number", "percent", 0, 63.0, id="halves are rounded away from zero"),
        pytest.param(Decimal("-62.5"), "number", "double", 0, -63.0, id="negative halves as well"),
        pytest.param(Decimal("-0.004"), "number", "currency", 2, 0.0, id="no negative zero"),
        pytest.param(Decimal("1234567.89"), "number", "currency", 2, 1234567.89, id="money to the cent"),
        pytest.param(None, "number", "double", 2, None, id="no number is empty"),
        pytest.param(Decimal("NaN"), "number", "double", 2, None, id="not a number is empty"),
        pytest.param(7, "integer", "int", 0, 7, id="an integer without a decimal point"),
        pytest.param(True, "boolean", "boolean", 0, True, id="a set checkbox"),
        pytest.param(None, "boolean", "boolean", 0, False, id="a checkbox is never empty"),
        pytest.param(date(2026, 2, 28), "date", "date", 0, "2026-02-28", id="a date has no zone"),
        pytest.param(date(1700, 1, 1), "date", "date", 0, "1700-01-01", id="a date of long ago"),
        pytest.param(None, "date", "date", 0, None, id="no date is empty"),
        pytest.param(
            datetime(2026, 3, 1, 0, 30, 5, 999_000, tzinfo=timezone(timedelta(hours=1))),
            "datetime",
            "datetime",
            0,
            "2026-02-28T23:30:05.000+0000",
            id="a moment in UTC at whole seconds",
        ),
        pytest.param(None, "datetime", "datetime", 0, None, id="no moment is empty"),
    ],
)  # fmt: skip
def test_a_value_is_sent_in_the_form_that_salesforce_keeps(
    value: Any, kind: Any, org_type: str, scale: int, expected: Any
) -> None:
    found = sent(value, kind, org_type, scale)

    assert found == expected
    assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "org_type", "scale"),
    [
        pytest.param(5, 5.0, "number", "double", 2, id="5 and 5.0"),
        pytest.param(Decimal("0.125"), 0.13, "number", "double", 2, id="what the org has rounded"),
        pytest.param("Doing ", "Doing", "text", "string", 0, id="trailing blanks"),
        pytest.param("", None, "text", "string", 0, id="empty and null"),
        pytest.param("a\nb", "a\r\nb", "text", "textarea", 0, id="line ends"),
        pytest.param("B;A", "A;B", "text", "multipicklist", 0, id="order of choices"),
        pytest.param(None, False, "boolean", "boolean", 0, id="an empty checkbox"),
        pytest.param(date(2026, 1, 2), "2026-01-02", "date", "date", 0, id="dates"),
        pytest.param(
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "2026-01-02T03:04:05.000+0000",
            "datetime",
            "datetime",
            0,
            id="moments",
        ),
    ],
)
def test_what_means_the_same_is_not_a_change(ours: Any, theirs: Any, kind: Any, org_type: str, scale: int) -> None:
    mapping, describe = mapping_of(kind), describe_of(org_type, scale)
    rows = pd.DataFrame({"value": pd.Series([ours], dtype=object)})
    records = pd.DataFrame({"Id": ["a0X"], "Code__c": ["P-1"], "Value__c": pd.Series([theirs], dtype=object)})

    payload, _ = to_payload(rows, mapping, describe)
    held = to_theirs(records, mapping, KEY, describe).set_axis(payload.index)

    assert not changed_fields(payload, held[["Value__c"]]).any(axis=None)


@given(
    st.lists(
        st.one_of(st.none(), st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6)), min_size=1
    ),
    st.integers(0, 6),
)
def test_a_number_that_was_sent_is_not_sent_again(values: list[Decimal | None], scale: int) -> None:
    mapping, describe = mapping_of("number"), describe_of("double", scale)
    payload, _ = to_payload(pd.DataFrame({"value": pd.Series(values, dtype=object)}), mapping, describe)
    answer = json.loads(json.dumps(payload["Value__c"].tolist()))

    records = pd.DataFrame({"Id": range(len(answer)), "Code__c": "P", "Value__c": pd.Series(answer, dtype=object)})
    held = to_theirs(records, mapping, KEY, describe).set_axis(payload.index)

    assert not changed_fields(payload, held[["Value__c"]]).any(axis=None)


@given(st.lists(st.one_of(st.none(), st.text()), min_size=1))
def test_a_text_that_was_sent_is_not_sent_again(values: list[str | None]) -> None:
    mapping, describe = mapping_of("text"), describe_of("textarea")
    payload, _ = to_payload(pd.DataFrame({"value": pd.Series(values, dtype=object)}), mapping, describe)
    once = payload["Value__c"].tolist()

    records = pd.DataFrame({"Id": range(len(once)), "Code__c": "P", "Value__c": pd.Series(once, dtype=object)})
    held = to_theirs(records, mapping, KEY, describe).set_axis(payload.index)

    assert not changed_fields(payload, held[["Value__c"]]).any(axis=None)


def test_a_code_is_sent_as_its_label() -> None:
    assert sent("draft", "picklist", "picklist", values=STATUS) == "Missing Required Info"


def test_a_code_without_a_label_is_rejected_with_the_remedy_and_never_sent_as_it_is() -> None:
    rows = pd.DataFrame({"value": pd.Series(["complete", "paused", None], index=[7, 8, 9], dtype=object)})

    payload, rejects = to_payload(rows, mapping_of("picklist", STATUS), describe_of("picklist"))

    assert payload["Value__c"].to_dict() == {7: "Done", 8: None, 9: None}
    assert rejects.index.tolist() == [8]
    assert rejects["value"].tolist() == ["paused"]
    assert rejects["message"].tolist() == [
        "delivery.projects.value = 'paused' is not one of the 2 codes of values/status.csv, so Project__c.Value__c has "
        "no label for it and nothing of the row was sent. Correct the value, or add a line with its label to the file; "
        "the next export takes the row up again."
    ]


def test_children_of_one_parent_are_sent_beside_each_other() -> None:
    rows = pd.DataFrame({"value": pd.Series(["006B", "006A", None, "006B"], dtype=object)})

    payload, _ = to_payload(rows, mapping_of("text"), describe_of("reference"))

    assert payload["Value__c"].tolist() == ["006A", "006B", "006B", None]


def test_no_rows_make_no_payload() -> None:
    payload, rejects = to_payload(pd.DataFrame({"value": []}), mapping_of("picklist", STATUS), describe_of("picklist"))

    assert len(payload) == len(rejects) == 0
