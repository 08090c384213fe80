"""Records that every new org has: organization, profiles, administrator, price book, currencies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localorg.ids import make_id
from localorg.records.bulk.data_loader import DataLoader
from localorg.schema.model import Currencies, SObject

ADMIN_USERNAME = "admin@localorg.example"

_LOCALE = {"TimeZoneSidKey": "UTC", "LanguageLocaleKey": "en_US"}


def create_org_records(
    loading: DataLoader, find: Callable[[str], SObject], currencies: Currencies | None
) -> tuple[str, str]:
    """Create what a new org has; return the ids of organization and administrator."""
    organization_id, admin_id = (make_id(find(name).key_prefix, 1) for name in ("Organization", "User"))
    if loading.is_empty(find("Organization")):
        for name, rows in _RECORDS.items():
            loading.insert_many(find(name), rows, admin_id)
    if currencies is not None:
        _create_currencies(loading, find, currencies, admin_id)
    return organization_id, admin_id


def _create_currencies(
    loading: DataLoader, find: Callable[[str], SObject], currencies: Currencies, user_id: str
) -> None:
    """Create the currencies of an org with several, unless there are some; changed rates stay."""
    kind = find("CurrencyType")
    if not loading.is_empty(kind):
        return
    rows = [
        {
            "IsoCode": code,
            "ConversionRate": rate,
            "DecimalPlaces": 2,
            "IsActive": True,
            "IsCorporate": code == currencies.corporate,
        }
        for code, rate in currencies.rates.items()
    ]
    loading.insert_many(kind, rows, user_id)


_RECORDS: dict[str, list[dict[str, Any]]] = {
    "Organization": [
        {
            "Name": "Local Org",
            "DefaultLocaleSidKey": "en_US",
            "FiscalYearStartMonth": 1,
            "OrganizationType": "Developer Edition",
            "InstanceName": "LOCAL",
            **_LOCALE,
        }
    ],
    "Pricebook2": [{"Name": "Standard Price Book", "IsActive": True, "IsStandard": True}],
    "Profile": [{"Name": "System Administrator"}, {"Name": "Standard User"}],
    "User": [
        {
            "Username": ADMIN_USERNAME,
            "LastName": "Admin",
            "FirstName": "Local",
            "Email": ADMIN_USERNAME,
            "Alias": "admin",
            "CommunityNickname": "admin",
            "IsActive": True,
            "ProfileId": make_id("00e", 1),
            "LocaleSidKey": "en_US",
            "EmailEncodingKey": "UTF-8",
            **_LOCALE,
        }
    ],
}
