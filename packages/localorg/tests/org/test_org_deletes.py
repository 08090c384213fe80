from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from org_samples import Sales, StandingClock, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import Schema, load_schema

OBJECTS = """
objects:
  Site__c:
    fields:
      Site_Key__c: {type: text, length: 20, externalId: true, unique: true}
      Account__c: {type: reference, to: Account}
      Twin__c: {type: reference, to: Site__c}
  Shift__c:
    fields:
      Site__c: {type: masterdetail, to: Site__c}
  Permit__c:
    fields:
      Site__c: {type: reference, to: Site__c, required: true}
"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    file = tmp_path_factory.mktemp("sites") / "sites.yaml"
    file.write_text(OBJECTS, encoding="utf-8")
    return load_schema(file)


def _refusal(outcome: OrgError | None) -> tuple[str, str]:
    assert outcome is not None
    return outcome.code, outcome.message


def test_a_delete_stamps_the_record_and_shows_it_only_to_those_who_ask_for_deleted_ones(
    org: Org, sales: Sales, clock: StandingClock
) -> None:
    clock.advance(seconds=10)
    org.lifecycle.delete("Contact", sales.bob)

    soql = f"SELECT IsDeleted, LastModifiedDate, SystemModstamp FROM Contact WHERE Id = '{sales.bob}'"
    (deleted,) = org.query(soql, include_deleted=True).records(0, 2)
    assert org.query(soql).total_size == 0
    assert deleted["IsDeleted"] is True
    assert deleted["LastModifiedDate"] == deleted["SystemModstamp"] == "2026-05-06T11:56:54.000+0000"


def test_details_go_with_their_master_and_come_back_with_it(org: Org) -> None:
    site = org.create("Site__c", {})
    shifts = [org.create("Shift__c", {"Site__c": site}) for _ in range(2)]
    org.lifecycle.delete("Shift__c", shifts[0])
    org.lifecycle.delete("Site__c", site)
    gone = org.counts()["Shift__c"]
    outcomes = org.lifecycle.undelete([site])

    assert (gone, outcomes) == (0, [None])
    assert values(org, "SELECT Id FROM Shift__c") == [shifts[1]]


def test_a_lookup_is_emptied_by_the_delete_of_its_record_and_filled_again_by_the_undelete(
    org: Org, clock: StandingClock
) -> None:
    account = org.create("Account", {"Name": "Acme"})
    daughter = org.create("Account", {"Name": "Daughter", "ParentId": account})
    site = org.create("Site__c", {"Account__c": account})
    clock.advance(seconds=10)
    org.lifecycle.delete("Account", account)
    emptied = org.read("Site__c", site, ["Account__c", "LastModifiedDate", "SystemModstamp"])
    orphan = org.read("Account", daughter, ["ParentId"])
    org.lifecycle.undelete([account])

    assert (emptied["Account__c"], orphan["ParentId"]) == (None, None)
    assert emptied["SystemModstamp"] > emptied["LastModifiedDate"]
    assert org.read("Site__c", site, ["Account__c"])["Account__c"] == account
    assert org.read("Account", daughter, ["ParentId"])["ParentId"] == account


def test_a_lookup_that_was_given_another_record_since_is_not_filled_again(org: Org) -> None:
    first, second = (org.create("Account", {"Name": name}) for name in ("First", "Second"))
    site = org.create("Site__c", {"Account__c": first})
    org.lifecycle.delete("Account", first)
    org.update("Site__c", site, {"Account__c": second})
    org.lifecycle.undelete([first])

    assert org.read("Site__c", site, ["Account__c"])["Account__c"] == second


def test_an_account_with_cases_is_not_deleted(org: Org, sales: Sales) -> None:
    case = org.create("Case", {"AccountId": sales.globex})
    number = org.read("Case", case, ["CaseNumber"])["CaseNumber"]
    with pytest.raises(OrgError) as caught:
        org.lifecycle.delete("Account", sales.globex)

    assert (caught.value.status, caught.value.code) == (400, "DELETE_FAILED")
    expected = "Your attempt to delete Globex could not be completed because it is associated with the following cases"
    assert caught.value.message == f"{expected}.: {number}\n"
    assert org.counts()["Account"] == 2


def test_an_account_is_not_deleted_while_one_of_its_contacts_has_cases(org: Org, sales: Sales) -> None:
    contact = org.create("Contact", {"LastName": "Cid", "AccountId": sales.globex})
    org.create("Case", {"ContactId": contact})
    with pytest.raises(OrgError, match="Your attempt to delete Cid could not be completed"):
        org.lifecycle.delete("Account", sales.globex)

    assert org.read("Contact", contact)["LastName"] == "Cid"


def test_an_account_with_a_deal_that_was_won_is_not_deleted(org: Org, sales: Sales) -> None:
    with pytest.raises(OrgError) as caught:
        org.lifecycle.delete("Account", sales.acme)

    assert caught.value.code == "DELETE_FAILED"
    assert caught.value.message.endswith("The opportunities that could not be deleted are shown below.: Roof\n")


def test_what_a_required_lookup_points_to_is_not_deleted(org: Org) -> None:
    site = org.create("Site__c", {})
    permit = org.create("Permit__c", {"Site__c": site})
    with pytest.raises(OrgError, match="DELETE_FAILED"):
        org.lifecycle.delete("Site__c", site)
    org.lifecycle.delete("Permit__c", permit)
    org.lifecycle.delete("Site__c", site)

    assert org.counts()["Site__c"] == 0


def test_of_many_deletes_each_succeeds_or_fails_by_itself(org: Org, sales: Sales) -> None:
    never_was = "001Lo000000zzzzAAA"
    outcomes = org.lifecycle.delete_many("Account", [sales.globex, sales.acme, never_was, "x", sales.globex])

    assert outcomes[0] is None
    codes = [_refusal(outcome)[0] for outcome in outcomes[1:]]
    assert codes == ["DELETE_FAILED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "ENTITY_IS_DELETED"]
    assert values(org, "SELECT Id FROM Account") == [sales.acme]


def test_two_records_that_point_to_each_other_can_be_deleted_together(org: Org) -> None:
    first = org.create("Site__c", {})
    second = org.create("Site__c", {"Twin__c": first})
    org.update("Site__c", first, {"Twin__c": second})

    assert org.lifecycle.delete_many("Site__c", [first, second]) == [None, None]
    assert org.counts()["Site__c"] == 0


def test_what_describe_calls_not_undeletable_does_not_come_back(org: Org, sales: Sales) -> None:
    org.create("ContentVersion", {"PathOnClient": "a", "VersionData": "eA==", "FirstPublishLocationId": sales.acme})
    (link,) = values(org, f"SELECT Id FROM ContentDocumentLink WHERE LinkedEntityId = '{sales.acme}'")
    org.lifecycle.delete("ContentDocumentLink", link)

    assert _refusal(org.lifecycle.undelete([link])[0])[0] == "UNDELETE_FAILED"


@pytest.mark.parametrize("which", ["child", "alive"])
def test_only_what_was_deleted_by_itself_is_in_the_recycle_bin(org: Org, which: str) -> None:
    site = org.create("Site__c", {})
    child = org.create("Shift__c", {"Site__c": site})
    org.lifecycle.delete("Site__c", site)
    wanted = child if which == "child" else org.create("Site__c", {})
    undeleted, purged = org.lifecycle.undelete([wanted]), org.lifecycle.purge([wanted])

    assert _refusal(undeleted[0]) == ("UNDELETE_FAILED", "Entity is not in the recycle bin")
    assert _refusal(purged[0]) == ("INVALID_ID_FIELD", "invalid record id; no recycle bin entry found")


def test_an_undelete_stamps_the_record(org: Org, sales: Sales, clock: StandingClock) -> None:
    org.lifecycle.delete("Contact", sales.bob)
    clock.advance(seconds=10)
    org.lifecycle.undelete([sales.bob])

    record = org.read("Contact", sales.bob, ["LastModifiedDate", "SystemModstamp"])
    assert record["LastModifiedDate"] == record["SystemModstamp"] == "2026-05-06T11:56:54.000+0000"


def test_a_record_whose_unique_value_was_taken_meanwhile_stays_in_the_bin(org: Org) -> None:
    first = org.create("Site__c", {"Site_Key__c": "S-1"})
    org.lifecycle.delete("Site__c", first)
    second = org.create("Site__c", {"Site_Key__c": "S-1"})
    outcomes = org.lifecycle.undelete([first])

    assert _refusal(outcomes[0])[0] == "DUPLICATE_VALUE"
    assert values(org, "SELECT Id FROM Site__c") == [second]


def test_what_comes_back_after_its_parent_was_deleted_comes_back_without_it(org: Org, sales: Sales) -> None:
    contact = org.create("Contact", {"LastName": "Cid", "AccountId": sales.globex})
    site = org.create("Site__c", {"Account__c": sales.globex})
    org.lifecycle.delete("Site__c", site)
    org.lifecycle.delete("Account", sales.globex)
    org.lifecycle.undelete([site])

    assert org.read("Site__c", site, ["Account__c"])["Account__c"] is None
    assert values(org, f"SELECT Id FROM Contact WHERE Id = '{contact}'") == []


def test_a_detail_does_not_come_back_before_its_master(org: Org) -> None:
    site = org.create("Site__c", {})
    shift = org.create("Shift__c", {"Site__c": site})
    org.lifecycle.delete("Shift__c", shift)
    org.lifecycle.delete("Site__c", site)
    too_early, master, detail = (org.lifecycle.undelete([record_id])[0] for record_id in (shift, site, shift))

    assert _refusal(too_early) == ("UNDELETE_FAILED", "Site: the parent is deleted")
    assert (master, detail, org.counts()["Shift__c"]) == (None, None, 1)


@pytest.mark.parametrize("seed", range(12))
def test_all_that_was_deleted_comes_back_as_it_was_in_whatever_order(org: Org, seed: int) -> None:
    chance = random.Random(seed)
    before = _world_of_records(org, chance)
    records = sorted(before)
    chance.shuffle(records)
    deleted = [
        r for r in records[:12] if org.lifecycle.delete_many(str(before[r]["attributes"]["type"]), [r]) == [None]
    ]
    left = set(deleted)
    while left:
        back = {
            record_id
            for record_id in sorted(left, key=lambda _: chance.random())
            if org.lifecycle.undelete([record_id]) == [None]
        }
        assert back
        left -= back

    assert len(deleted) > 4
    assert _snapshot(org) == before


def _world_of_records(org: Org, chance: random.Random) -> dict[str, dict[str, Any]]:
    """Sites, shifts, accounts and contacts that point to each other at random."""
    accounts = [org.create("Account", {"Name": str(number)}) for number in range(5)]
    sites = [org.create("Site__c", {"Account__c": chance.choice([None, *accounts])}) for _ in range(6)]
    for site in sites:
        org.update("Site__c", site, {"Twin__c": chance.choice([None, *sites])})
        org.create("Shift__c", {"Site__c": chance.choice(sites)})
    for account in accounts[1:]:
        org.update("Account", account, {"ParentId": chance.choice([None, accounts[0]])})
        org.create("Contact", {"LastName": "x", "AccountId": chance.choice([None, *accounts])})
    return _snapshot(org)


def _snapshot(org: Org) -> dict[str, dict[str, Any]]:
    found = {}
    for sobject in ("Account", "Contact", "Shift__c", "Site__c"):
        for record in org.query(f"SELECT FIELDS(ALL) FROM {sobject} LIMIT 200").records(0, 200):
            kept = {name: value for name, value in record.items() if name not in ("SystemModstamp", "LastModifiedDate")}
            found[str(record["Id"])] = kept
    return found


def test_what_is_purged_is_gone_for_everybody_with_what_was_deleted_along(org: Org) -> None:
    site, kept = (org.create("Site__c", {}) for _ in range(2))
    org.create("Shift__c", {"Site__c": site})
    org.lifecycle.delete_many("Site__c", [site, kept])
    outcomes = org.lifecycle.purge([site])

    assert outcomes == [None]
    assert values(org, "SELECT Id FROM Site__c", include_deleted=True) == [kept]
    assert values(org, "SELECT Id FROM Shift__c", include_deleted=True) == []
    assert _refusal(org.lifecycle.undelete([site])[0])[0] == "UNDELETE_FAILED"


def test_the_whole_bin_is_emptied_at_once(org: Org, sales: Sales) -> None:
    org.lifecycle.delete("Contact", sales.bob)
    org.lifecycle.delete("Account", sales.globex)
    emptied = org.lifecycle.empty_recycle_bin()

    assert emptied == 3
    assert org.query("SELECT Id FROM Opportunity", include_deleted=True).total_size == 2


def test_deleted_records_stay_for_fifteen_days(org: Org, sales: Sales, clock: StandingClock) -> None:
    org.lifecycle.delete("Contact", sales.bob)
    seen = []
    for days in (14, 2):
        clock.advance(days=days)
        seen.append(org.query("SELECT Id FROM Contact", include_deleted=True).total_size)

    assert seen == [2, 1]


def test_a_hard_delete_leaves_nothing_in_the_bin(org: Org, sales: Sales) -> None:
    org.lifecycle.delete_many("Account", [sales.globex], hard=True)

    assert values(org, "SELECT Id FROM Account", include_deleted=True) == [sales.acme]
    assert org.query("SELECT Id FROM Opportunity", include_deleted=True).total_size == 2
    assert _refusal(org.lifecycle.undelete([sales.globex])[0])[0] == "UNDELETE_FAILED"


def test_the_bin_survives_a_restart(schema: Schema, clock: StandingClock, tmp_path: Path) -> None:
    before = Org(schema, tmp_path / "org.sqlite", clock)
    site = before.create("Site__c", {})
    before.lifecycle.delete("Site__c", site)
    before.close()
    after = Org(schema, tmp_path / "org.sqlite", clock)

    assert after.lifecycle.undelete([site]) == [None]
    assert after.counts()["Site__c"] == 1
    after.close()
