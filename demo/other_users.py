"""What other people do in the org meanwhile, over its REST API, so that the second import has something to find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from demo.org_client import OrgClient


@dataclass(frozen=True)
class ChangesInOrg:
    """How many records other people changed, made, deleted and corrected."""

    changed: int
    made: int
    deleted: int
    corrected: int


def change_the_org(org: OrgClient, *, each: int = 10) -> ChangesInOrg:
    """Edit some records of each object, win a deal, add a contact, delete one, correct an amount; return the counts."""
    turn = len(list(org.query("SELECT Id FROM Contact WHERE FirstName = 'Zoë' AND LastName = 'O\\'Neill'"))) + 1
    accounts = [record["Id"] for record in org.query(f"SELECT Id FROM Account ORDER BY Id LIMIT {each}")]
    for number, account in enumerate(accounts):
        org.update("Account", account, {"Phone": f"+1 555 {turn:02}{number:02}"})
    contacts = [record["Id"] for record in org.query(f"SELECT Id FROM Contact ORDER BY Id LIMIT {each + 1}")]
    for contact in contacts[:each]:
        org.update("Contact", contact, {"Title": f"Head of “Operations {turn}”"})
    opportunities = [record["Id"] for record in org.query(f"SELECT Id FROM Opportunity ORDER BY Id LIMIT {each}")]
    for opportunity in opportunities:
        org.update("Opportunity", opportunity, {"NextStep": f"Call back, time {turn},\nthen send the offer"})
    org.create("Contact", {"FirstName": "Zoë", "LastName": "O'Neill", "AccountId": accounts[0]})
    # Which no mapping reads, until somebody adds the object as the README shows.
    org.create(
        "Campaign", {"Name": f"Spring fair {turn}", "Status": "Planned", "EndDate": f"{datetime.now(UTC):%Y-%m-%d}"}
    )
    org.delete("Contact", contacts[each])
    won = _win_one(org)
    return ChangesInOrg(len(accounts) + each + len(opportunities) + won, 2, 1, _correct_amounts(org))


def _win_one(org: OrgClient) -> int:
    open_deals = "SELECT Id FROM Opportunity WHERE StageName != 'Closed Won' AND Amount > 0 ORDER BY Id LIMIT 1"
    for record in org.query(open_deals):
        org.update("Opportunity", record["Id"], {"StageName": "Closed Won"})
        return 1
    return 0


def _correct_amounts(org: OrgClient) -> int:
    # The smaller credit note stays as it is, so that the round ends with a record in quarantine.
    wrong = list(org.query("SELECT Id, Amount FROM Opportunity WHERE Amount < -1000"))
    for record in wrong:
        org.update("Opportunity", record["Id"], {"Amount": -record["Amount"]})
    return len(wrong)
