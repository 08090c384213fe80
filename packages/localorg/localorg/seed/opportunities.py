"""Generate opportunities along a sales funnel."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from localorg.seed.accounts import Companies
from localorg.seed.timestamps import RandomTimestamps
from localorg.seed.word_lists import NEXT_STEPS, PRODUCTS, Row

STAGES = {
    # stage: share of all, probability
    "Prospecting": (12, 10),
    "Qualification": (10, 10),
    "Needs Analysis": (7, 20),
    "Value Proposition": (5, 50),
    "Id. Decision Makers": (3, 60),
    "Perception Analysis": (2, 70),
    "Proposal/Price Quote": (5, 75),
    "Negotiation/Review": (3, 90),
    "Closed Won": (28, 100),
    "Closed Lost": (25, 0),
}
TYPES = {
    # type: share, typical amount, spread of its logarithm
    "New Customer": (50, 42_000, 0.8),
    "Existing Customer - Upgrade": (30, 18_000, 0.7),
    "Existing Customer - Replacement": (15, 26_000, 0.6),
    "Existing Customer - Downgrade": (5, 6_000, 0.5),
}
CREDIT_NOTES: tuple[Row, ...] = (
    {"Name": "Credit note for a cancelled rollout", "Amount": "-1250.5"},
    {"Name": "Credit note for returned licences", "Amount": "-480.0"},
)
"""Values of the first deals, which are won, in place of random ones."""
SHORTEST_CYCLE_DAYS, LONGEST_CYCLE_DAYS, LONGEST_OUTLOOK_DAYS = 14, 150, 180


def make_opportunity(companies: Companies, accounts: int, number: int) -> Row:
    """Return a deal with one of so many accounts; the first ones are credit notes, with a negative amount."""
    random = companies.chance("Opportunity", number)
    account = companies.account(random.randint(1, accounts))
    deal = _make_opportunity(random, companies.moments, account, number)
    if number <= len(CREDIT_NOTES):
        deal |= CREDIT_NOTES[number - 1]
    return deal


def _make_opportunity(random: Random, moments: RandomTimestamps, account: Row, number: int) -> Row:
    stage = random.choices(list(STAGES), [share for share, _ in STAGES.values()])[0]
    if number <= len(CREDIT_NOTES):
        stage = "Closed Won"
    kind = random.choices(list(TYPES), [share for share, _, _ in TYPES.values()])[0]
    product = random.choice(PRODUCTS)
    is_closed = stage.startswith("Closed")
    created_at, close_on, changed_at = _dates(random, moments, is_closed)
    return {
        "Id": f"opportunity-{number}",
        "AccountId": account["Id"],
        "Name": f"{account['Name'][:80]} - {product}",
        "Type": kind,
        "StageName": stage,
        "Probability": str(STAGES[stage][1]),
        "Amount": _amount(random, kind) if random.random() < 0.97 or stage == "Closed Won" else "",
        "CloseDate": close_on.isoformat(),
        "LeadSource": random.choice(("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other", "")),
        "NextStep": "" if is_closed else random.choice(NEXT_STEPS),
        "Description": f"{product} for {account['Name']}." if random.random() < 0.3 else "",
        "OwnerId": account["OwnerId"],
        **moments.made(created_at, changed_at),
    }


def _amount(random: Random, kind: str) -> str:
    _, typical, spread = TYPES[kind]
    return str(float(round(random.lognormvariate(math.log(typical), spread), -2)))


def _dates(random: Random, moments: RandomTimestamps, is_closed: bool) -> tuple[datetime, date, datetime]:
    """Return when it was created, closes or closed, and was last changed."""
    cycle = timedelta(days=random.randint(SHORTEST_CYCLE_DAYS, LONGEST_CYCLE_DAYS))
    if not is_closed:
        created_at = moments.between(random, moments.end - 2 * cycle, moments.end)
        close_on = moments.today + timedelta(days=random.randint(-10, LONGEST_OUTLOOK_DAYS))
        return created_at, close_on, moments.between(random, created_at, moments.end)
    created_at = moments.between(random, moments.beginning, moments.end - cycle)
    close_on = (created_at + cycle).date()
    closed_at = datetime.combine(close_on, time(17), UTC)
    return created_at, close_on, moments.between(random, closed_at, closed_at + timedelta(days=2))
