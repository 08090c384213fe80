"""Numbers arrive with all of their digits, whichever way Salesforce writes them."""

from __future__ import annotations

import csv
import gzip
import io

import pytest

from closedwon.flows import inbound
from closedwon.flows.inbound import RunOptions
from tests.world import World


def load_page(world: World, name: str, **values: str) -> None:
    """Load a page with one record, as the org would have written it."""
    mapping, batches, run_id = world.catalog.mapping(name), world.batches("the run", name), "the run"
    inbound.probe(world.engine, world.login(), [mapping], RunOptions(), run_id=run_id)
    known = {"Id": "001Lo0000000099IAA", "IsDeleted": "false", "SystemModstamp": "2026-01-01T00:00:00.000Z"}
    text = io.StringIO()
    writer = csv.DictWriter(text, mapping.selected, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerow(known | values)
    batches.empty("pages")
    batches.write_page(1, gzip.compress(text.getvalue().encode()))
    made = inbound.transform(mapping, batches, 1)
    inbound.load(world.engine, mapping, batches, inbound.validate(mapping, batches, made), run_id=run_id)


@pytest.mark.parametrize(
    ("written", "held"),
    [
        pytest.param("999999999999999999", "999999999999999999", id="X21-beyond-2-to-the-53"),
        pytest.param("1234567890123456.78", "1234567890123456.78", id="X21-with-cents"),
        pytest.param("9999999999999999.99", "9999999999999999.99", id="sixteen-digits-with-cents"),
        pytest.param("1.6147805824397E13", "16147805824397", id="with-an-exponent"),
        pytest.param("-1.2E-7", "-0.00000012", id="with-a-small-exponent"),
    ],
)
def test_a_number_is_in_the_warehouse_as_it_was_written(world: World, written: str, held: str) -> None:
    load_page(world, "accounts", Name="Acme", AnnualRevenue=written)

    assert world.one("SELECT annual_revenue::text FROM crm.accounts") == held


def test_a_whole_number_is_in_the_warehouse_as_it_was_written(world: World) -> None:
    load_page(world, "accounts", Name="Acme", NumberOfEmployees="1.00000000000000001E17")

    assert world.one("SELECT employees FROM crm.accounts") == 100000000000000001
