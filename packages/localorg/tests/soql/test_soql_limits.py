"""Queries that are too long, too deep or too big are refused in Salesforce's shape, and none is an error of ours."""

from __future__ import annotations

import random
import re

import pytest
from soql_samples import column, refusal

from localorg.errors import OrgError
from localorg.org import Org

pytestmark = pytest.mark.usefixtures("ids")

WHERE = "SELECT Id FROM Account WHERE"
VALID = (
    "SELECT Id, TYPEOF What WHEN Account THEN Name ELSE Id END FROM Task WHERE WhoId != null LIMIT 3",
    "SELECT Name, (SELECT Name FROM Opportunities ORDER BY Amount DESC NULLS LAST) FROM Account USING SCOPE mine",
    "SELECT StageName, GROUPING(StageName) FROM Opportunity GROUP BY ROLLUP(StageName) HAVING COUNT(Id) > 1",
    "SELECT FORMAT(Amount) a FROM Opportunity WHERE CALENDAR_YEAR(CloseDate) = 2026 AND (NOT Name LIKE '%x\\_%')",
    "SELECT toLabel(Industry) FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND CreatedDate = LAST_N_DAYS:3",
    "SELECT FIELDS(ALL) FROM Delivery_Project__c WHERE Skills__c INCLUDES ('Run;Build') LIMIT 200 OFFSET 1 FOR VIEW",
)


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        ("SELECT Id FROM Account LIMIT 99999999999999999999", 'For input string: "99999999999999999999"'),
        ("SELECT Id FROM Account LIMIT " + "9" * 5_000, 'For input string: "9999'),
        ("SELECT Id FROM Account OFFSET 2147483648", 'For input string: "2147483648"'),
        (f"{WHERE} AnnualRevenue > 1e400", 'For input string: "1e400"'),
        (f"{WHERE} CreatedDate = LAST_N_DAYS:" + "9" * 5_000, "For input string"),
        (f"{WHERE} CreatedDate = LAST_N_DAYS:2000000000", "is out of range"),
        (f"{WHERE} Name = '{'x' * 4_001}'", "can not be longer than 4,000 characters"),
        (f"{WHERE} Name LIKE '{'x' * 20_000}'", "can not be longer than 4,000 characters"),
        (f"{WHERE} Name = '" + "\\", "mismatched character '<EOF>' expecting"),
        (f"{WHERE} Name = '\\u12'", "invalid character escape: \\u"),
        (f"{WHERE} Name = '\ud800'", "half of a surrogate pair"),
        (f"SELECT \0 FROM Account {'x' * 100_000}", "can't be longer than 100,000 characters"),
        (f"SELECT Id FROM Account ORDER BY {', '.join(['Name'] * 33)}", "ORDER BY takes at most 32 fields"),
        (f"SELECT {'Parent.' * 6}Name FROM Account", "at most 5 relationships from child to parent"),
        ("SELECT \0Id FROM Account", "no viable alternative at character"),
        ("", "unexpected token: '<EOF>'"),
    ],
)
def test_a_text_that_no_query_can_be_is_malformed(org: Org, soql: str, words: str) -> None:
    error = refusal(org, soql)

    assert (error.status, error.code) == (400, "MALFORMED_QUERY")
    assert words in error.message
    assert len(error.message) < 1_000


@pytest.mark.parametrize(
    "soql",
    [
        f"{WHERE} {'(NOT ' * 3_000}Id = null{')' * 3_000}",
        f"{WHERE} {' OR '.join(['Name = null'] * 5_000)}",
        f"SELECT {', '.join(f'COUNT(Id) c{n}' for n in range(4_000))} FROM Account",
    ],
)
def test_a_query_that_is_too_much_is_too_complicated(org: Org, soql: str) -> None:
    error = refusal(org, soql)

    assert (error.status, error.code) == (400, "QUERY_TOO_COMPLICATED")


def test_a_query_may_be_deep_and_long_within_the_limits(org: Org) -> None:
    many = ", ".join(f"'name {number}'" for number in range(6_000))

    assert column(org, f"SELECT Name FROM Account WHERE {'(' * 2_000}Name = 'Acme'{')' * 2_000}") == ["Acme"]
    assert column(org, f"SELECT Name FROM Account WHERE Name IN ({many}, 'Acme')") == ["Acme"]
    assert column(org, "SELECT Name FROM Account WHERE Name = '" + "x" * 4_000 + "' LIMIT 2147483647") == []
    assert (
        column(org, "SELECT Name FROM Account WHERE Name = 'Acme\\u0000' OR NumberOfEmployees > 99999999999999999999")
        == []
    )


def test_more_than_two_thousand_groups_are_refused(org: Org) -> None:
    org.insert_many("Case", [{"Subject": f"Case {number}"} for number in range(2_001)])

    error = refusal(org, "SELECT Subject, COUNT(Id) FROM Case GROUP BY Subject")

    assert error.code == "EXCEEDED_ID_LIMIT"
    assert "does not support queryMore()" in error.message
    assert org.query("SELECT Subject, COUNT(Id) FROM Case GROUP BY Subject LIMIT 2000").total_size == 2_000


@pytest.mark.parametrize("seed", range(4))
def test_a_garbled_query_is_answered_or_refused(org: Org, seed: int) -> None:
    """300 texts by seed: the tokens of valid ones, replaced, repeated, left out and swapped."""
    chance = random.Random(seed)
    tokens = [re.findall(r"'(?:\\.|[^'\\])*'|\w+|[^\w\s]|\s+", soql) for soql in VALID]
    stock = [token for soql in tokens for token in soql]
    refused = 0
    for _ in range(300):
        words = list(chance.choice(tokens))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(words))
            words[at : at + chance.randint(0, 2)] = chance.sample(stock, chance.randint(0, 2))
        try:
            org.query("".join(words)).records(0, 10)
        except OrgError as error:
            refused += 1
            assert error.status == 400
            assert re.search(r"ERROR at Row:\d+:Column:\d+\n", error.message) or "\n" not in error.message
    assert 100 < refused < 300
