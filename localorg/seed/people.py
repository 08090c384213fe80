"""Users and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from localorg.seed.companies import Row
from localorg.seed.moments import Moments
from localorg.seed.words import DEPARTMENTS, FIRST_NAMES, LAST_NAMES, TITLES

STAFF = (
    # first name, last name, title, department, email
    ("Nora", "Vogel", "VP Sales", "Sales", "sales.lead@example.com"),
    ("Milo", "Hart", "Account Executive", "Sales", "milo.hart@example.com"),
    ("Ana", "Prado", "Account Executive", "Sales", "ana.prado@example.com"),
    ("Tomas", "Lund", "Account Executive", "Sales", "tomas.lund@example.com"),
    ("Keiko", "Mori", "Account Executive", "Sales", "keiko.mori@example.com"),
    ("Ravi", "Shah", "Account Executive", "Sales", "ravi.shah@example.com"),
    ("Ellen", "Brandt", "Account Manager", "Sales", "ellen.brandt@example.com"),
    ("Dana", "Whitfield", "Delivery Lead", "Delivery", "delivery.lead@example.com"),
    ("Iris", "Keane", "Project Manager", "Delivery", "iris.keane@example.com"),
    ("Oscar", "Benitez", "Consultant", "Delivery", "oscar.benitez@example.com"),
    ("Lia", "Fontaine", "Consultant", "Delivery", "lia.fontaine@example.com"),
)
"""With the org's own integration user, twelve."""


def make_users(moments: Moments) -> list[Row]:
    """The staff, made when the org was."""
    return [
        {
            "Id": f"user-{number}",
            "Username": email,
            "FirstName": first,
            "LastName": last,
            "Email": email,
            "Alias": f"{first[:1]}{last}"[:8].lower(),
            "Title": title,
            "Department": department,
            "CommunityNickname": f"{first}.{last}".lower(),
            "IsActive": "true",
            "TimeZoneSidKey": "America/Los_Angeles",
            "LocaleSidKey": "en_US",
            "EmailEncodingKey": "UTF-8",
            "LanguageLocaleKey": "en_US",
            **moments.fixed(moments.beginning),
        }
        for number, (first, last, title, department, email) in enumerate(STAFF, start=1)
    ]


def sellers() -> list[str]:
    """The keys of the users who own accounts and opportunities."""
    return [f"user-{number}" for number, person in enumerate(STAFF, start=1) if person[3] == "Sales"]


def make_contacts(random: Random, moments: Moments, accounts: Sequence[Row], number: int) -> list[Row]:
    """People at the accounts, more at some than at others; the first has no account and the second was deleted."""
    contacts = [_make_contact(random, moments, random.choice(accounts), n) for n in range(1, number + 1)]
    for loner in contacts[:1]:
        loner.update({"AccountId": "", "FirstName": "Robin", "LastName": "Loner", "Email": "robin.loner@example.com"})
    for gone in contacts[1:2]:
        gone.update({"LastName": "Departed", "IsDeleted": "true"})
    return contacts


def _make_contact(random: Random, moments: Moments, account: Row, number: int) -> Row:
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    domain = account["Website"].removeprefix("https://www.")
    return {
        "Id": f"contact-{number}",
        "AccountId": account["Id"],
        "Salutation": random.choice(("", "", "Mr.", "Ms.", "Dr.")),
        "FirstName": first,
        "LastName": last,
        "Title": random.choice(TITLES),
        "Department": random.choice(DEPARTMENTS),
        "Email": f"{_plain(first)}.{_plain(last)}.{number}@{domain}",
        "Phone": account["Phone"],
        "MobilePhone": _mobile(random, account["Phone"]),
        "MailingStreet": account["BillingStreet"],
        "MailingCity": account["BillingCity"],
        "MailingState": account["BillingState"],
        "MailingPostalCode": account["BillingPostalCode"],
        "MailingCountry": account["BillingCountry"],
        "LeadSource": random.choice(("Web", "Web", "Phone Inquiry", "Partner Referral", "")),
        "HasOptedOutOfEmail": random.choice(("false", "false", "false", "true")),
        "OwnerId": account["OwnerId"],
        **moments.drawn(random),
    }


def _mobile(random: Random, phone: str) -> str:
    return f"{phone[:6]}555-{random.randint(0, 9999):04d}" if random.random() < 0.6 and phone else ""


def _plain(name: str) -> str:
    return name.lower().replace("ë", "e").replace("'", "")
