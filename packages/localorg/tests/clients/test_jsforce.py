"""jsforce as it comes from npm, one script a topic; what it printed is held to what the org has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from javascript import run_script

from localorg.server import RunningOrg

SCRIPTS = Path(__file__).parents[1] / "node" / "jsforce"
REQUIRED = "Required fields are missing: [Name]"


def run(org: RunningOrg, script: str, *arguments: str) -> dict[str, Any]:
    trust = {"NODE_EXTRA_CA_CERTS": str(org.ca_file)}
    told = run_script(SCRIPTS / script, org.base_url, org.access_token(), *arguments, environment=trust)
    return dict(told)


def test_jsforce_signs_in_by_every_way_and_out_again(org: RunningOrg) -> None:
    user, password, app = "admin@localorg.example", "local-onlyTOKEN", ("closedwon", "local-only")
    told = run(org, "login.js", user, password, *app, "local-refresh-token")

    for way in ("soap", "oauth"):
        assert told[way]["id"] == org.org.admin_user_id
        assert told[way]["organizationId"] == org.org.organization_id
    for way in ("soapUser", "oauthUser", "appUser"):
        assert told[way] == {"username": user, "instanceUrl": org.base_url}
    assert (told["refreshed"], told["foundAfterRefresh"]) == (1, 1)
    for way in ("afterLogout", "afterRevoke"):
        assert told[way]["code"] == "INVALID_SESSION_ID"
    assert told["wrongPassword"]["message"].startswith("INVALID_LOGIN: Invalid username, password, security token")
    assert told["wrongApp"]["name"] == "invalid_client_id"


def test_jsforce_writes_single_records_and_collections(org: RunningOrg) -> None:
    told = run(org, "records.js")

    assert told["made"]["success"] is True
    assert told["read"] == {"Name": "jsforce one", "NumberOfEmployees": 3, "type": "Account"}
    assert (told["updated"]["success"], told["gone"]) == (True, True)
    assert [upsert["created"] for upsert in told["upserts"]] == [True, False]
    assert [row["success"] for row in told["many"]] == [True, False, True]
    assert told["many"][1]["errors"][0]["message"] == REQUIRED
    assert [row["success"] for row in told["changed"]] == [True, True]
    assert told["retrieved"] == [{"Name": "jsforce many 1", "Fax": "7"}, {"Name": "jsforce many 2", "Fax": "7"}]
    assert [row["created"] for row in told["merged"]] == [False, True]
    assert told["together"] == [
        {"success": False, "code": "ALL_OR_NONE_OPERATION_ROLLED_BACK"},
        {"success": False, "code": "REQUIRED_FIELD_MISSING"},
    ]
    assert (told["chunked"], told["destroyed"], told["left"]) == (450, [True, True], 0)
    rule_violations = {name: told[name]["code"] for name in ("readGone", "nameless", "noObject", "noField")}
    assert rule_violations == {
        "readGone": "ENTITY_IS_DELETED",
        "nameless": "REQUIRED_FIELD_MISSING",
        "noObject": "NOT_FOUND",
        "noField": "INVALID_FIELD",
    }


def test_jsforce_reads_queries_in_pages_and_whatever_else_describes_the_org(org: RunningOrg) -> None:
    (parent,) = org.org.insert_many("Account", [{"Name": "jsfparent"}])
    rows = [{"LastName": f"jsfpage {number:04d}", "AccountId": None} for number in range(2_086)]
    org.org.insert_many("Contact", [{**rows[0], "AccountId": parent}, *rows[1:]])

    told = run(org, "queries.js")

    assert (told["first"], told["second"]) == ([2_086, False, 2_000], [2_086, True, 86])
    assert (told["fetched"], told["streamed"], told["counted"]) == (2_086, 2_086, 2_086)
    assert (told["last"], told["built"]) == ("jsfpage 2085", ["jsfpage 2085", "jsfpage 2084"])
    assert told["children"] == ["jsfpage 0000"]
    assert {"Id", "Account__c", "Visited_On__c", "SystemModstamp"} <= set(told["fields"])
    assert {"Account", "Site_Visit__c"} <= set(told["objects"])
    assert told["identity"] == {
        "user": org.org.admin_user_id,
        "organization": org.org.organization_id,
        "username": "admin@localorg.example",
    }
    assert told["usage"]["limit"] == told["requests"]["Max"] == 100_000
    assert "59.0" in told["versions"]


def test_jsforce_loads_and_queries_in_bulk(org: RunningOrg) -> None:
    told = run(org, "bulk.js")

    assert [row["success"] for row in told["loaded"]] == [True, False, True]
    assert told["loaded"][1]["errors"] == [f"REQUIRED_FIELD_MISSING:{REQUIRED}:Name --"]
    assert [row["success"] for row in (*told["updated"], *told["upserted"], *told["deleted"])] == [True, True, True]
    assert told["upserted"][0]["created"] is True
    assert [(row["Name"], row["Phone"], row["Fax"]) for row in told["found"]] == [
        ("jsbulk1 1", "", "9"),
        ("jsbulk1 3", "", ""),
        ("jsbulk1 up", "", ""),
    ]
    assert (told["info"], told["aborted"]) == ({"state": "Open", "object": "Account", "apiVersion": "59.0"}, "Aborted")
    assert org.org.read("Account", told["csv"][0]["id"])["Name"] == "jsbulk1, csv"
    assert {row["Name"] for row in told["loaded2"]["successfulResults"]} == {"jsbulk2 1", "jsbulk2 3"}
    assert [row["Phone"] for row in told["loaded2"]["failedResults"]] == ["2"]
    assert (told["loaded2"]["unprocessedRecords"], told["found2"]) == ([], ["jsbulk2 1", "jsbulk2 3"])
    assert "Unable to find object: Nope__c" in told["noObject"]["message"]
    assert told["noField"]["message"] == "InvalidBatch : Field name not found : Nope__c"
    assert "InvalidBatch : Failed to process query: INVALID_FIELD" in told["noQuery"]["message"]


def test_jsforce_searches(org: RunningOrg) -> None:
    told = run(org, "search.js")

    assert told["found"] == ["Zanzibarheron Ltd"]
    assert (told["recent"], told["tooling"]) == (True, 0)


def test_jsforce_empties_the_recycle_bin_and_asks_for_time_and_user_by_soap(org: RunningOrg) -> None:
    told = run(org, "soap.js")

    kept, _, purged = told["ids"]
    assert told["emptied"] == [{"id": purged, "success": True}, {"id": kept, "success": False}]
    assert told["left"] == ["jssoap is deleted", "jssoap stays"]
    assert (told["userName"], told["organizationId"]) == ("admin@localorg.example", org.org.organization_id)
    assert told["timestamp"].startswith(f"{org.control.now():%Y-%m-%dT}")
