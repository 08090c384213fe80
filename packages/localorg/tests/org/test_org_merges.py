from __future__ import annotations

import pytest
from org_samples import Sales, StandingClock, values

from localorg.errors import OrgError
from localorg.org import Org


def test_the_losers_of_a_merge_are_deleted_and_point_to_the_master(org: Org, sales: Sales) -> None:
    third = org.create("Account", {"Name": "Acme Ltd"})
    merged = org.lifecycle.merge("Account", sales.acme, [sales.globex, third])

    soql = "SELECT Id, IsDeleted, MasterRecordId FROM Account ORDER BY Id"
    told = [tuple(r.values())[1:] for r in org.query(soql, include_deleted=True).records(0, 5)]
    assert told == [(sales.acme, False, None), (sales.globex, True, sales.acme), (third, True, sales.acme)]
    assert merged.merged_record_ids == [sales.globex, third]


def test_the_children_of_the_losers_belong_to_the_master(org: Org, sales: Sales, clock: StandingClock) -> None:
    case = org.create("Case", {"AccountId": sales.acme})
    contact = org.create("Contact", {"LastName": "Gone", "AccountId": sales.acme})
    org.lifecycle.delete("Contact", contact)
    clock.advance(seconds=10)
    merged = org.lifecycle.merge("Account", sales.globex, [sales.acme])

    assert values(org, f"SELECT Id FROM Contact WHERE AccountId = '{sales.globex}'") == [sales.ann]
    assert org.query(f"SELECT Id FROM Opportunity WHERE AccountId = '{sales.globex}'").total_size == 3
    assert set(merged.updated_related_ids) >= {case, sales.ann}
    assert contact not in merged.updated_related_ids
    assert org.read("Contact", sales.ann)["SystemModstamp"] == "2026-05-06T11:56:54.000+0000"


def test_the_master_takes_the_values_that_are_given(org: Org, sales: Sales, clock: StandingClock) -> None:
    clock.advance(seconds=10)
    org.lifecycle.merge("Account", sales.globex, [sales.acme], {"Industry": "Banking"})

    master = org.read("Account", sales.globex, ["Name", "Industry", "LastModifiedDate"])
    assert (master["Name"], master["Industry"]) == ("Globex", "Banking")
    assert master["LastModifiedDate"] == "2026-05-06T11:56:54.000+0000"


def test_a_loser_that_is_undeleted_comes_back_without_its_children(org: Org, sales: Sales) -> None:
    org.lifecycle.merge("Account", sales.globex, [sales.acme])
    outcome = org.lifecycle.undelete([sales.acme])

    assert outcome == [None]
    assert values(org, f"SELECT MasterRecordId FROM Account WHERE Id = '{sales.acme}'") == [None]
    assert org.read("Contact", sales.ann)["AccountId"] == sales.globex


@pytest.mark.parametrize(
    ("sobject", "losers", "code"),
    [
        ("Opportunity", 1, "INVALID_TYPE_FOR_OPERATION"),
        ("Account", 0, "MERGE_FAILED"),
        ("Account", 3, "MERGE_FAILED"),
        ("Account", -1, "MERGE_FAILED"),
        ("Account", -2, "ENTITY_IS_DELETED"),
    ],
)
def test_a_merge_that_cannot_be_is_refused_and_changes_nothing(org: Org, sobject: str, losers: int, code: str) -> None:
    master, *others = (org.create("Account", {"Name": str(number)}) for number in range(5))
    org.lifecycle.delete("Account", others[3])
    chosen = {-1: [master], -2: [others[0], others[3]]}.get(losers, others[:losers])
    with pytest.raises(OrgError) as caught:
        org.lifecycle.merge(sobject, master, chosen, {"Name": "merged"})

    assert caught.value.code == code
    assert values(org, "SELECT Name FROM Account ORDER BY Name") == ["0", "1", "2", "3"]
