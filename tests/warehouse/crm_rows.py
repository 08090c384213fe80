"""A small catalog of two objects, and row frames as the transform makes them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from closedwon.kinds import KINDS
from closedwon.mapping.model import Catalog, Direction, Field, FieldType, Mapping

SUNDAY, MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T08:00:00Z" for day in (15, 16, 17, 18))


def to_field(salesforce: str, column: str, kind: FieldType, *, direction: Direction = "receive", **more: Any) -> Field:
    return Field(salesforce, column, kind, direction, **more)


ACCOUNTS = Mapping(
    name="accounts",
    file="include/mappings/accounts.yaml",
    sobject="Account",
    table="crm.accounts",
    direction="receive",
    digest="first",
    fields=(
        to_field("Name", "name", "text", note="As in the register.", line=4),
        to_field("AnnualRevenue", "annual_revenue", "number", line=5),
        to_field("NumberOfEmployees", "employees", "integer", line=6),
        to_field("Is_Partner__c", "is_partner", "boolean", line=7),
        to_field("Founded__c", "founded_on", "date", line=8),
        to_field("Called__c", "called_at", "datetime", line=9),
        to_field("ParentId", "parent_id", "reference", references="crm.accounts", line=10),
        to_field("Health_Score__c", "health_score", "number", direction="send", line=11),
    ),
)

CONTACTS = Mapping(
    name="contacts",
    file="include/mappings/contacts.yaml",
    sobject="Contact",
    table="crm.contacts",
    direction="receive",
    digest="first",
    fields=(
        to_field("LastName", "last_name", "text", line=4),
        to_field("AccountId", "account_id", "reference", references="crm.accounts", line=5),
        to_field("ReportsToId", "reports_to_id", "reference", references="crm.contacts", line=6),
    ),
)

CATALOG = Catalog((ACCOUNTS, CONTACTS), (), {})


def account_id(number: int) -> str:
    return f"001{number:012}AAA"


def contact_id(number: int) -> str:
    return f"003{number:012}AAA"


def to_frame(mapping: Mapping, *rows: dict[str, Any]) -> pd.DataFrame:
    """A row frame; a row says what differs from a live record of Monday without values."""
    live = {"system_modstamp": MONDAY, "is_deleted": False}
    frame = pd.DataFrame([live | row for row in rows], dtype=object)
    kinds = {field.column: KINDS[field.type].parse(pd.Series(dtype="str")).dtype for field in mapping.received}
    dtypes = {"salesforce_id": "str", "system_modstamp": "datetime64[us, UTC]", "is_deleted": "bool", **kinds}
    return frame.reindex(columns=list(dtypes)).astype(dtypes)


def accounts(*rows: dict[str, Any]) -> pd.DataFrame:
    return to_frame(ACCOUNTS, *rows)


def contacts(*rows: dict[str, Any]) -> pd.DataFrame:
    return to_frame(CONTACTS, *rows)
