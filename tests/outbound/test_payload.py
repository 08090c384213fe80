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


def describe_of(org_type: str, scale: int = 0, **facts: Any) -> dict[str, Any]:
    return {"fields": [{"name": "Value__c", "type": org_type, "scale": scale, **facts}]}


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
        pytest.param("  indented", "text", "textarea", 0, "  indented", id="long text keeps leading blanks"),
        pytest.param(" Acme", "text", "string", 0, "Acme", id="X08 text without leading blanks"),
        pytest.param("\u00a0high\u2003", "text", "string", 0, "high", id="X08 blanks of any kind"),
        pytest.param(" Hot ", "picklist", "picklist", 0, "Hot", id="a choice without blanks"),
        pytest.param("Ana@X.Example ", "text", "email", 0, "ana@x.example", id="e-mail in small letters"),
        pytest.param("0055g00000ABCDE", "text", "reference", 0, "0055g00000ABCDEAA5", id="an id of 18 characters"),
        pytest.param("b; a;b;", "text", "multipicklist", 0, "a;b", id="each choice once, without blanks"),
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
        pytest.param("1.005", "number", "double", 2, 1.01, id="X21 halves of a decimal are halves"),
        pytest.param("2.675", "number", "currency", 2, 2.68, id="and of another one"),
        pytest.param("90071992547409.93", "number", "currency", 2, "90071992547409.93", id="cents beyond a float"),
        pytest.param("12345678901234567890", "number", "double", 0, "12345678901234567890", id="digits beyond a float"),
        pytest.param("0.00001", "number", "double", 5, "0.00001", id="no exponent"),
        pytest.param("5.2", "number", "int", 0, 5, id="a number in a field without decimal point"),
        pytest.param(7, "integer", "int", 0, 7, id="an integer without a decimal point"),
        pytest.param("9007199254740993", "integer", "double", 0, 9007199254740993, id="X21 an integer beyond a float"),
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
        pytest.param("90071992547409.93", 90071992547409.94, "number", "currency", 2, id="one double to the org"),
        pytest.param("9007199254740993", 9007199254740992.0, "integer", "double", 0, id="X21 one double to the org"),
        pytest.param("Ana@Closedwon.Example", "ana@closedwon.example", "text", "email", 0, id="e-mail in capitals"),
        pytest.param("0055g00000ABCDE", "0055g00000ABCDEAA5", "text", "reference", 0, id="ids of both lengths"),
        pytest.param("Doing ", "Doing", "text", "string", 0, id="trailing blanks"),
        pytest.param("\u00a0high", "high", "text", "string", 0, id="X08 leading blanks"),
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

    assert not is_change(rows, records, mapping, describe)


def is_change(rows: pd.DataFrame, records: pd.DataFrame, mapping: Mapping, describe: dict[str, Any]) -> bool:
    """Whether anything would be sent."""
    payload, _ = to_payload(rows, mapping, describe)
    held = to_theirs(records, mapping, KEY, describe).set_axis(payload.index)
    return bool(changed_fields(payload, held[["Value__c"]], mapping).any(axis=None))


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "org_type", "scale"),
    [
        pytest.param("12.35", 12.345, "number", "double", 2, id="digits that the field does not show"),
        pytest.param("13", 12.6, "integer", "double", 0, id="decimals that the field does not show"),
        pytest.param("Acme", "acme", "text", "string", 0, id="capitals of a text"),
        pytest.param(None, 0, "number", "double", 2, id="nothing and zero"),
        pytest.param("true", False, "boolean", "boolean", 0, id="a checkbox"),
    ],
)
def test_what_the_org_holds_otherwise_is_a_change(ours: Any, theirs: Any, kind: Any, org_type: str, scale: int) -> None:
    rows = pd.DataFrame({"value": pd.Series([ours], dtype=object)})
    records = pd.DataFrame({"Id": ["a0X"], "Code__c": ["P-1"], "Value__c": pd.Series([theirs], dtype=object)})

    assert is_change(rows, records, mapping_of(kind), describe_of(org_type, scale))


@pytest.mark.parametrize(
    ("value", "kind", "facts", "code", "seen"),
    [
        pytest.param("x" * 256, "text", {"type": "string", "length": 255}, "STRING_TOO_LONG",
                     f"'{'x' * 40}...' has 256 characters, and the field holds 255", id="X10 a long text"),
        pytest.param("y" * 81, "text", {"type": "email", "length": 80}, "STRING_TOO_LONG",
                     f"'{'y' * 40}...' has 81 characters, and the field holds 80", id="a long address"),
        pytest.param("a\0b", "text", {"type": "string", "length": 80}, "UNREADABLE_VALUE",
                     "'a\ufffdb' is not a text without NUL", id="NUL"),
        pytest.param("a\ud83d", "text", {"type": "string", "length": 80}, "UNREADABLE_VALUE",
                     "'a?' is not a text without NUL characters and half characters", id="half a character"),
        pytest.param("1000", "number", {"type": "percent", "precision": 5, "scale": 2}, "NUMBER_OUTSIDE_VALID_RANGE",
                     "'1000' has more than the 3 digits before the point that the field holds", id="a large number"),
        pytest.param("999.995", "number", {"type": "percent", "precision": 5, "scale": 2}, "NUMBER_OUTSIDE_VALID_RANGE",
                     "'999.995' has more than the 3 digits", id="a number that is too large when it is rounded"),
        pytest.param("1000000000", "integer", {"type": "int", "digits": 9, "precision": 0, "scale": 0},
                     "NUMBER_OUTSIDE_VALID_RANGE", "'1000000000' has more than the 9 digits", id="a large integer"),
        pytest.param("1" + "0" * 400, "number", {"type": "double", "precision": 18, "scale": 2},
                     "NUMBER_OUTSIDE_VALID_RANGE", "has more than the 16 digits", id="a huge number"),
        pytest.param("NaN", "number", {"type": "double", "precision": 18, "scale": 2}, "UNREADABLE_VALUE",
                     "'NaN' is not a number", id="not a number"),
        pytest.param("-Infinity", "integer", {"type": "int", "digits": 9, "scale": 0}, "UNREADABLE_VALUE",
                     "'-Infinity' is not a number", id="an infinite number"),
        pytest.param("infinity", "date", {"type": "date"}, "UNREADABLE_VALUE",
                     "'infinity' is not a date such as 2026-01-31 in the years 1700 to 4000", id="an infinite day"),
        pytest.param("10000-01-01", "date", {"type": "date"}, "UNREADABLE_VALUE", "'10000-01-01' is not a date",
                     id="a day of the year 10000"),
        pytest.param("0044-03-15 BC", "date", {"type": "date"}, "UNREADABLE_VALUE", "'0044-03-15 BC' is not a date",
                     id="a day before Christ"),
        pytest.param("1699-12-31", "date", {"type": "date"}, "UNREADABLE_VALUE", "'1699-12-31' is not a date",
                     id="a day before Salesforce's first"),
        pytest.param("infinity", "datetime", {"type": "datetime"}, "UNREADABLE_VALUE", "'infinity' is not a time",
                     id="an infinite time"),
        pytest.param("20000-01-01 00:00:00+00", "datetime", {"type": "datetime"}, "UNREADABLE_VALUE",
                     "'20000-01-01 00:00:00+00' is not a time", id="a time of the year 20000"),
        pytest.param("perhaps", "boolean", {"type": "boolean"}, "UNREADABLE_VALUE", "'perhaps' is not true or false",
                     id="no boolean"),
    ],
)  # fmt: skip
def test_a_value_that_the_field_cannot_hold_is_rejected_with_what_was_seen_and_the_limit(
    value: str, kind: str, facts: dict[str, Any], code: str, seen: str
) -> None:
    good = {"text": "Acme", "boolean": "true", "date": "2026-01-31", "datetime": "2026-01-31 00:00:00+00"}.get(
        kind, "1"
    )
    rows = pd.DataFrame({"value": pd.Series([good, value, None], index=[7, 8, 9], dtype=object)})

    payload, rejects = to_payload(rows, mapping_of(kind), {"fields": [{"name": "Value__c", "scale": 0, **facts}]})

    assert payload["Value__c"][7] is not None
    assert rejects.index.tolist() == [8]
    assert rejects["code"].tolist() == [code]
    (message,) = rejects["message"]
    assert message.startswith("delivery.projects.value: '")
    assert seen in message
    assert message.endswith(
        ", so Project__c.Value__c cannot hold it and nothing of the row was sent. Correct the value; the next export "
        "takes the row up again."
    )


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

    assert not changed_fields(payload, held[["Value__c"]], mapping).any(axis=None)


@given(st.lists(st.one_of(st.none(), st.text()), min_size=1))
def test_a_text_that_was_sent_is_not_sent_again(values: list[str | None]) -> None:
    mapping, describe = mapping_of("text"), describe_of("textarea")
    payload, _ = to_payload(pd.DataFrame({"value": pd.Series(values, dtype=object)}), mapping, describe)
    once = payload["Value__c"].tolist()

    records = pd.DataFrame({"Id": range(len(once)), "Code__c": "P", "Value__c": pd.Series(once, dtype=object)})
    held = to_theirs(records, mapping, KEY, describe).set_axis(payload.index)

    assert not changed_fields(payload, held[["Value__c"]], mapping).any(axis=None)


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
