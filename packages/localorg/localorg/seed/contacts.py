"""Generate users and contacts."""

from __future__ import annotations

from random import Random

from localorg.seed.accounts import Companies
from localorg.seed.timestamps import RandomTimestamps
from localorg.seed.word_lists import DEPARTMENTS, FIRST_NAMES, LAST_NAMES, STAFF, TITLES, Row


def make_users(moments: RandomTimestamps) -> list[Row]:
    """Return the staff, created when the org was."""
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


def make_contact(companies: Companies, accounts: int, number: int) -> Row:
    """Return a person at one of so many accounts; the first one has no account, and the second was deleted."""
    random = companies.chance("Contact", number)
    account = companies.account(random.randint(1, accounts))
    contact = _make_contact(random, companies.moments, account, number)
    if number == 1:
        contact |= {"AccountId": "", "FirstName": "Robin", "LastName": "Loner", "Email": "robin.loner@example.com"}
    elif number == 2:
        contact |= {"LastName": "Departed", "IsDeleted": "true"}
    return contact


def _make_contact(random: Random, moments: RandomTimestamps, account: Row, number: int) -> Row:
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
        "IsDeleted": "false",
        **moments.drawn(random),
    }


def _mobile(random: Random, phone: str) -> str:
    return f"{phone[:6]}555-{random.randint(0, 9999):04d}" if random.random() < 0.6 and phone else ""


def _plain(name: str) -> str:
    return name.lower().replace("ë", "e").replace("'", "")
