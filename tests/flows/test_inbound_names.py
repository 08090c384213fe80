"""Tables and columns may be called as people like: also as SQL's words, and as what an import uses within."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World

FIELDS = (
    *("Name", "BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry", "Phone", "Fax"),
    *("ShippingStreet", "ShippingCity", "ShippingState", "ShippingPostalCode", "ShippingCountry", "Website", "Site"),
    *("Description", "AccountNumber", "TickerSymbol", "Sic"),
)
COLUMNS = (
    *("new_id", "place", "record_id", "rank", "held", "row", "versions", "orphans", "excluded_", "user", "order"),
    *("select", "value", "reason", "field", "class", "t", "oid", "loaded"),
)
MAPPING = "sobject: Account\ntable: crm.{table}\ndirection: receive\nfields:\n"
LINE = "  - {{salesforce: {}, column: {}, type: {}, direction: receive}}\n"


@pytest.mark.parametrize("table", ["staging", "held", "wanted", "decision", "run", "plan", "user", "order", "values"])
def test_records_with_any_names_are_imported_changed_deleted_and_linked(
    world: World, tmp_path: Path, table: str
) -> None:
    world.mappings = tmp_path / "mappings"
    world.mappings.mkdir()
    lines = [LINE.format(*pair, "text") for pair in zip(FIELDS, COLUMNS, strict=True)]
    parent = LINE.format("ParentId", "parent", f"reference, references: crm.{table}")
    (world.mappings / "things.yaml").write_text(MAPPING.format(table=table) + "".join(lines) + parent)
    org = world.people()
    acme, globex, initech = (record["Id"] for record in org.query("SELECT Id FROM Account ORDER BY Id"))
    first = world.run_import()["things"]
    org.update("Account", globex, {"Site": "Kraków", "ParentId": acme})
    org.delete("Account", initech)

    second = world.run_import()["things"]

    assert (first.written, second.written, second.rejected) == (3, 2, 0)
    linked = f'SELECT p.salesforce_id FROM crm."{table}" c JOIN crm."{table}" p ON p.id = c.parent'
    assert world.one(linked) == acme
    assert world.is_in_parity()
