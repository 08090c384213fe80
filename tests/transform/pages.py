"""Pages as the org gives them, and a mapping that has every type."""

from __future__ import annotations

import csv
import gzip
import io

from closedwon.mapping.model import Field, Mapping, ValueMap

KINDS = ValueMap("kind", "values/kind.csv", {"Customer - Direct": "customer", "Prospect": "prospect", "Other": "other"})

ACCOUNTS = Mapping(
    name="accounts",
    file="accounts.yaml",
    sobject="Account",
    table="crm.accounts",
    direction="receive",
    fields=(
        Field("Name", "name", "text", "receive", required=True, line=5),
        Field("Type", "kind", "picklist", "receive", values=KINDS, line=6),
        Field("AnnualRevenue", "revenue", "number", "receive", line=7),
        Field("NumberOfEmployees", "employees", "integer", "receive", line=8),
        Field("IsPartner", "is_partner", "boolean", "receive", line=9),
        Field("Since__c", "since_on", "date", "receive", line=10),
        Field("Seen__c", "seen_at", "datetime", "receive", line=11),
        Field("OwnerId", "owner_id", "reference", "receive", references="crm.users", line=12),
    ),
)

ID = "0015g00000XyZabAAF"

RECORD = {
    "Id": ID,
    "IsDeleted": "false",
    "SystemModstamp": "2026-05-06T11:56:44.000+0000",
    "Name": "Acme",
    "Type": "Prospect",
    "AnnualRevenue": "1500.50",
    "NumberOfEmployees": "12",
    "IsPartner": "true",
    "Since__c": "2026-01-31",
    "Seen__c": "2026-01-31T23:30:00.000Z",
    "OwnerId": "0055g00000ABCDEAA4",
}


def write_page(records: list[dict[str, str]]) -> bytes:
    """The records as gzip CSV, as pages rest."""
    buffer = io.StringIO()
    # Quoted throughout, as Bulk API 2.0 does: Python 3.11 leaves a lone carriage return bare, which ends a record.
    writer = csv.DictWriter(buffer, records[0], lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(records)
    return gzip.compress(buffer.getvalue().encode())
