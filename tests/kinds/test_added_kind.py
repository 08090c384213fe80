"""The recipe "add a field kind" of CONTRIBUTING.md: a module, a line in `KINDS`, and nothing else."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pandas import DataFrame, Series
from sqlalchemy import Engine, text

from closedwon.expectations.run import validate
from closedwon.kinds import KINDS, Kind
from closedwon.kinds.json_values import to_json
from closedwon.mapping.check import check_mapping
from closedwon.mapping.model import Catalog
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.transform.pages import read_page
from closedwon.transform.payload import to_payload
from closedwon.transform.rows import to_rows
from closedwon.warehouse.load.load_rows import load_rows
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction

NETWORK = Kind(
    name="network",
    org_types=frozenset({"string"}),
    postgres_type="cidr",
    staged_type="cidr",
    parse=lambda texts: texts.where(texts.str.fullmatch("[0-9]+([.][0-9]+){3}/[0-9]+")),
    normal=lambda values, _: to_json(values.astype("str")),
    expected="a network such as 192.0.2.0/24",
)

MAPPING = """\
sobject: Shop__c
table: crm.shops
direction: receive
fields:
  - {salesforce: Network__c, column: network, type: network, direction: receive, note: of the tills}
"""

SUITE = "- {expect: column_values_to_not_be_null, column: network}\n"

DESCRIBE = {"fields": [{"name": "Network__c", "type": "string", "createable": True, "updateable": True}]}


@pytest.fixture
def shops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """A mapping file with a field of an added kind, and a suite about its column."""
    assert isinstance(KINDS, dict)
    monkeypatch.setitem(KINDS, NETWORK.name, NETWORK)
    (tmp_path / "suites").mkdir()
    (tmp_path / "shops.yaml").write_text(MAPPING)
    (tmp_path / "suites" / "shops.yaml").write_text(SUITE)
    return require_sound(read_catalog(tmp_path))


def page_of(*networks: str) -> DataFrame:
    """A page of one shop for each network."""
    buffer = io.StringIO()
    lines = csv.writer(buffer, lineterminator="\n")
    lines.writerow(["Id", "IsDeleted", "SystemModstamp", "Network__c"])
    for number, network in enumerate(networks):
        lines.writerow([f"a0B5g00000{number:05}AAA", "false", "2026-05-06T11:56:44.000Z", network])
    return read_page(gzip.compress(buffer.getvalue().encode()))


def describe_as(org_type: str) -> Dictionary[str, Any]:
    return {"fields": [{**DESCRIBE["fields"][0], "type": org_type}]}


def test_a_kind_that_is_added_goes_from_the_page_to_the_warehouse_and_back(shops: Catalog, engine: Engine) -> None:
    mapping = shops.mapping("shops")
    rows, _ = to_rows(page_of("192.0.2.0/24", "", "198.51.100.0/24"), mapping)

    verdict = validate(rows, mapping)
    with transaction(engine) as connection:
        prepare_warehouse(connection, shops)
        loaded = load_rows(connection, mapping, [verdict.valid], is_latest=True)
        held = connection.execute(text("SELECT network FROM crm.shops ORDER BY salesforce_id")).scalars().all()
    sent = replace(mapping, direction="send", fields=tuple(replace(f, direction="send") for f in mapping.fields))
    payload, _ = to_payload(DataFrame({"network": Series(held, dtype=object)}), sent, DESCRIBE)

    assert "network is not empty" in verdict.rejects["reason"].item()
    assert (loaded.counts.written, loaded.counts.rejected) == (2, 0)
    assert payload["Network__c"].tolist() == ["192.0.2.0/24", "198.51.100.0/24"]


def test_a_value_that_it_cannot_read_is_rejected_in_its_words(shops: Catalog) -> None:
    rows, rejects = to_rows(page_of("next door"), shops.mapping("shops"))

    assert rows.empty
    assert "'next door' is not a network such as 192.0.2.0/24" in rejects["reason"].item()


def test_a_mapping_with_it_is_checked_against_the_org(shops: Catalog) -> None:
    assert check_mapping(shops.mapping("shops"), DESCRIBE) == []
    (fault,) = check_mapping(shops.mapping("shops"), describe_as("date"))
    assert "Network__c is date in the org, but network in the mapping: write `type: date`" in fault


def test_the_recipe_names_every_file_that_an_added_kind_needs() -> None:
    recipe = (
        (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text().split("### Add a field kind")[1].split("\n#")[0]
    )

    for path in ("plugins/closedwon/kinds/", "plugins/closedwon/kinds/__init__.py", "tests/kinds/test_kinds.py"):
        assert f"`{path}" in recipe
