"""USING SCOPE, WITH, FOR, UPDATE, FIELDS, and how NOT, AND and OR go together."""

from __future__ import annotations

import pytest
from soql_samples import column, refusal

from localorg.org import Org

pytestmark = pytest.mark.usefixtures("ids")


def test_scope_mine_keeps_the_records_of_the_one_who_asks(org: Org) -> None:
    profile = org.query("SELECT Id FROM Profile LIMIT 1").records(0, 1)[0]["Id"]
    fields = {
        "LastName": "Else",
        "Username": "else@org.example",
        "Email": "else@org.example",
        "Alias": "else",
        "IsActive": True,
    }
    locale = {
        "TimeZoneSidKey": "UTC",
        "LocaleSidKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "LanguageLocaleKey": "en_US",
    }
    user = org.create("User", {**fields, **locale, "ProfileId": profile})
    org.create("Campaign", {"Name": "Theirs", "OwnerId": user})
    mine = "SELECT Name FROM Campaign USING SCOPE mine WHERE Name = 'Theirs'"

    assert column(org, mine) == []
    assert column(org, mine, user_id=user) == ["Theirs"]
    assert column(org, mine.replace("mine", "Everything")) == ["Theirs"]
    assert column(org, mine.replace("mine", "delegated")) == ["Theirs"]
    assert column(org, mine.replace("mine", "my_team_territory")) == []


def test_security_modes_locks_and_statistics_change_nothing_in_the_answer(org: Org) -> None:
    accounts = "SELECT Name FROM Account WHERE Name = 'Acme'"

    for clause in (
        "WITH SECURITY_ENFORCED",
        "WITH USER_MODE ORDER BY Name LIMIT 1",
        "WITH SYSTEM_MODE",
        "FOR VIEW",
        "FOR REFERENCE",
        "FOR VIEW, REFERENCE",
        "LIMIT 1 FOR UPDATE",
        "UPDATE TRACKING, VIEWSTAT",
    ):
        assert column(org, f"{accounts} {clause}") == ["Acme"], clause


def test_fields_stand_for_all_or_the_standard_or_the_custom_ones(org: Org) -> None:
    every, standard, custom = (
        set(org.query(f"SELECT FIELDS({which}) FROM Delivery_Task__c LIMIT 200").records(0, 1)[0])
        for which in ("ALL", "STANDARD", "CUSTOM")
    )

    assert custom == {"attributes", "Project__c", "Lead__c"}
    assert {"Id", "Name", "SystemModstamp"} <= standard
    assert every == standard | custom


def test_not_and_or_group_by_parentheses(org: Org) -> None:
    names = "SELECT Name FROM Account WHERE"

    assert column(org, f"{names} NOT Name = 'Acme' AND Name != 'Globex'") == ["Öko"]
    assert column(org, f"{names} Name != null AND (NOT (Name = 'Acme' OR AnnualRevenue > 0))") == ["Öko"]
    assert column(org, f"{names} (Name = 'Acme' AND ParentId = null) OR (NOT ParentId != null) ORDER BY Name") == [
        "Acme"
    ]


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("USING SCOPE foo", "scope 'foo' is not supported on entity 'Account'"),
        ("WITH FOO", "unexpected token: 'FOO'"),
        ("WITH DATA CATEGORY Geography__c ABOVE usa__c", "data categories are not supported on entity 'Account'"),
        ("ALL ROWS", "ALL ROWS not allowed in this context"),
        ("FOR FOO", "unexpected token: 'FOO'"),
        ("WHERE Name = 'a' AND NOT Name = 'b'", "unexpected token: 'NOT'"),
        ("WHERE NOT NOT Name = 'b'", "unexpected token: 'NOT'"),
        ("WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "unexpected token: 'OR'"),
        ("WHERE Name = 'a' -- all", "no viable alternative at character '-'"),
        ("/* all */", "no viable alternative at character '/'"),
        ("LIMIT 1 LIMIT 2", "unexpected token: 'LIMIT'"),
        ("OFFSET 1 LIMIT 2", "unexpected token: 'LIMIT'"),
        ("LIMIT -1", "unexpected token: '-1'"),
    ],
)
def test_a_clause_that_is_none_is_refused(org: Org, rest: str, words: str) -> None:
    error = refusal(org, f"SELECT Id FROM Account {rest}")

    assert error.code == "MALFORMED_QUERY"
    assert words in error.message


def test_users_have_no_owner_and_so_none_are_mine(org: Org) -> None:
    assert (
        "scope 'mine' is not supported on entity 'User'" in refusal(org, "SELECT Id FROM User USING SCOPE mine").message
    )
