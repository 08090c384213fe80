"""TYPEOF, polymorphic relationships, and the ways to name a parent."""

from __future__ import annotations

import pytest
from soql_samples import column, refusal, rows

from localorg.errors import OrgError
from localorg.org import Org

pytestmark = pytest.mark.usefixtures("ids")


def test_type_of_reads_other_fields_of_each_kind_of_parent(org: Org) -> None:
    soql = (
        "SELECT Subject, TYPEOF What WHEN Account THEN Name, AnnualRevenue WHEN Opportunity THEN StageName, Amount END"
        " FROM Task ORDER BY Subject"
    )
    call, idle, mail = org.query(soql).records(0, 10)

    assert call["What"] == {"attributes": call["What"]["attributes"], "Name": "Acme", "AnnualRevenue": 100.0}
    assert call["What"]["attributes"]["type"] == "Account"
    assert mail["What"] == {"attributes": mail["What"]["attributes"], "StageName": "Closed Won", "Amount": 50.0}
    assert mail["What"]["attributes"]["type"] == "Opportunity"
    assert idle["What"] is None


def test_else_of_type_of_is_for_all_other_kinds_and_without_it_they_are_null(org: Org) -> None:
    with_else = "SELECT TYPEOF Who WHEN Lead THEN Company ELSE Name END FROM Task WHERE WhoId != null ORDER BY Subject"
    without = "SELECT TYPEOF Who WHEN Lead THEN Company END FROM Task WHERE WhoId != null ORDER BY Subject"

    assert rows(org, with_else) == [[["Ann Özil"]], [["Leas"]]]
    assert rows(org, without) == [[None], [["Leas"]]]


def test_type_of_follows_relationships_and_gives_compound_fields_of_the_one_kind(org: Org) -> None:
    soql = "SELECT TYPEOF t.What WHEN Account THEN Parent.Name, Owner.Name, BillingAddress END FROM Task t"
    (account,) = (record["What"] for record in org.query(soql).records(0, 10) if record["What"])

    assert account["Parent"] is None
    assert account["Owner"]["Name"] == "Local Admin"
    assert account["BillingAddress"]["city"] == "Bern"


def test_a_relationship_through_a_polymorphic_one_is_not_the_one_through_a_kind_of_it(org: Org) -> None:
    soql = (
        "SELECT TYPEOF What WHEN Opportunity THEN Account.Name END, Who.Name FROM Task"
        " WHERE What.Name = 'Roof' AND What.Type = 'Opportunity'"
    )

    assert rows(org, soql) == [[[["Acme"]], ["Lea"]]]


def test_the_type_of_a_polymorphic_parent_can_be_filtered_by(org: Org) -> None:
    assert column(org, "SELECT Subject FROM Task WHERE What.Type = 'account'") == ["Call"]
    assert column(org, "SELECT Subject FROM Task WHERE Who.Type IN ('Lead', 'Contact') ORDER BY Subject") == [
        "Call",
        "Mail",
    ]
    assert column(org, "SELECT Subject FROM Task WHERE What.Type NOT IN ('Account') ORDER BY Subject") == [
        "Idle",
        "Mail",
    ]


def test_five_relationships_lead_upwards(org: Org) -> None:
    path = "Task__r.Project__r.Opportunity__r.Account.Owner.Name"

    assert rows(org, f"SELECT {path} FROM Delivery_Hour__c") == [[[[[[["Local Admin"]]]]]]]
    assert column(org, f"SELECT Name FROM Delivery_Hour__c WHERE {path} LIKE 'local%'") == ["H1"]


def test_from_may_give_relationships_names_of_their_own(org: Org) -> None:
    soql = "SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE a.Name = 'acme'"

    assert rows(org, soql) == [["Özil", ["Acme"]]]
    assert column(org, "SELECT Name FROM Account AS a WHERE a.Name = 'Öko'") == ["Öko"]


def test_type_of_has_no_place_in_rows_of_bulk_results(org: Org) -> None:
    with pytest.raises(OrgError) as caught:
        org.export("SELECT Id, TYPEOF What WHEN Account THEN Name END FROM Task")

    assert (caught.value.code, caught.value.message) == (
        "API_ERROR",
        "FeatureNotEnabled : TYPEOF not supported in Bulk Query",
    )


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT TYPEOF Account WHEN Account THEN Name END FROM Contact", "MALFORMED_QUERY", "polymorphic"),
        ("SELECT TYPEOF What WHEN Contact THEN Name END FROM Task", "MALFORMED_QUERY", "does not lead to 'Contact'"),
        ("SELECT TYPEOF What WHEN Account THEN Company END FROM Task", "INVALID_FIELD", "'Company' on entity 'Acc"),
        ("SELECT TYPEOF Foo WHEN Account THEN Name END FROM Task", "INVALID_FIELD", "relationship 'Foo'"),
        ("SELECT What.Name, TYPEOF What WHEN Account THEN Name END FROM Task", "INVALID_FIELD", "duplicate field"),
        ("SELECT TYPEOF What WHEN Account THEN Name END, COUNT(Id) FROM Task", "MALFORMED_QUERY", "nor TYPEOF"),
        ("SELECT TYPEOF What END FROM Task", "MALFORMED_QUERY", "unexpected token: 'END'"),
        ("SELECT Id FROM Contact c, c.Foo f", "INVALID_FIELD", "relationship 'Foo'"),
        ("SELECT Id FROM Contact, Account", "INVALID_TYPE", "Didn't understand relationship 'Account' in FROM"),
        ("SELECT Id FROM Account.Contacts", "INVALID_TYPE", "sObject type 'Account.Contacts'"),
    ],
)
def test_a_parent_that_cannot_be_is_refused(org: Org, soql: str, code: str, words: str) -> None:
    error = refusal(org, soql)

    assert error.code == code
    assert words in error.message
