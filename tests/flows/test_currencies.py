"""Amounts have a currency beside them: the default, or in a multi-currency org the record's own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from closedwon.errors import MappingFault
from localorg.server import running_org
from tests.flows.own_org import open_world
from tests.world import World

LICENCES = """
sobject: Opportunity
table: crm.licences
direction: receive
receive:
  currency: {column: currency, default: EUR}
fields:
  - {salesforce: Name,   column: name,  type: text,   direction: receive}
  - {salesforce: Amount, column: price, type: number, direction: receive}
"""
SEVERAL = "org: {multiCurrency: {corporate: USD, rates: {EUR: 0.9, GBP: 0.8}}}\n"
HELD = "SELECT name, price, currency FROM crm.licences ORDER BY name"
COMMENT = """
    SELECT col_description('crm.licences'::regclass, attnum) FROM pg_attribute
     WHERE attrelid = 'crm.licences'::regclass AND attname = 'currency'
"""


@pytest.fixture
def plain(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org of one currency."""
    yield from open_world(tmp_path, engine, database_url, "objects: {}\n", licences=LICENCES)


@pytest.fixture
def several(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org of three currencies."""
    yield from open_world(tmp_path, engine, database_url, SEVERAL, licences=LICENCES)


def sell(world: World, name: str, **fields: Any) -> str:
    deal = {"Name": name, "StageName": "Closed Won", "CloseDate": "2026-01-31", "Amount": 1000.5}
    return world.people().create("Opportunity", deal | fields)


def write_currency(world: World, currency: str) -> None:
    text = LICENCES.replace("{column: currency, default: EUR}", f"{{column: currency, {currency}}}")
    (world.mappings / "licences.yaml").write_text(text)


@pytest.mark.parametrize("default", [pytest.param(code, id=f"Planhat-42-{code}") for code in ("EUR", "GBP", "JPY")])
def test_the_default_currency_is_that_of_every_amount_of_an_org_with_one(plain: World, default: str) -> None:
    write_currency(plain, f"default: {default}")
    sell(plain, "Acme")
    sell(plain, "Globex")

    plain.run_import()

    assert plain.rows(HELD) == [("Acme", Decimal("1000.5"), default), ("Globex", Decimal("1000.5"), default)]
    assert plain.one(COMMENT) == (
        f"Salesforce Opportunity.CurrencyIsoCode. currency is {default} in every row, the default of licences.yaml."
    )


def test_Planhat_43_in_a_multi_currency_org_the_record_has_its_own_and_the_message_stands_for_the_default(
    several: World, caplog: pytest.LogCaptureFixture
) -> None:
    write_currency(several, "default: EUR, known: [EUR, GBP, USD]")
    for code in ("EUR", "GBP", "USD"):
        sell(several, f"in {code}", CurrencyIsoCode=code)

    with caplog.at_level(logging.INFO):
        several.run_import()

    assert several.rows(HELD) == [(f"in {code}", Decimal("1000.5"), code) for code in ("EUR", "GBP", "USD")]
    message = "Salesforce Account with Multicurrency: ON. currency is each record's own currency."
    assert f"licences: {message}" in caplog.text
    assert several.one(COMMENT) == f"Salesforce Opportunity.CurrencyIsoCode. {message}"


def test_Planhat_44_a_currency_that_our_side_lacks_is_reported_and_not_converted_until_it_is_added(
    several: World, caplog: pytest.LogCaptureFixture
) -> None:
    write_currency(several, "default: EUR, known: [EUR, GBP]")
    sell(several, "in EUR", CurrencyIsoCode="EUR")
    sell(several, "in USD", CurrencyIsoCode="USD")

    counts = several.run_import()

    assert (counts["licences"].written, counts["licences"].rejected) == (1, 1)
    assert several.rows(HELD) == [("in EUR", Decimal("1000.5"), "EUR")]
    field, value, reason = several.one("SELECT field, value, reason FROM sync.quarantine")
    assert (field, value) == ("CurrencyIsoCode", "USD")
    assert reason == (
        "CurrencyIsoCode = 'USD' is none of our currencies (EUR, GBP), and no amount is converted. Add it to `known` "
        "of `receive.currency` in licences.yaml, line 6; the next import then takes it in."
    )
    write_currency(several, "default: EUR, known: [EUR, GBP, USD]")
    several.run_import()
    assert several.rows(HELD)[1] == ("in USD", Decimal("1000.5"), "USD")


def test_a_default_that_is_changed_fills_all_rows_though_no_record_has_changed(plain: World) -> None:
    sell(plain, "Acme")
    plain.run_import()
    write_currency(plain, "default: CHF")

    plain.run_import()
    plain.run_import()

    assert plain.rows(HELD) == [("Acme", Decimal("1000.5"), "CHF")]
    assert plain.run_import() == {}


def test_records_get_their_own_currency_when_the_org_gets_several_though_none_has_changed(
    tmp_path: Path, several: World
) -> None:
    write_currency(several, "default: EUR, known: [EUR, USD]")
    sell(several, "Acme", CurrencyIsoCode="USD")
    several.org.control.advance_clock(3600)
    (tmp_path / "one.yaml").write_text("objects: {}\n")
    with running_org(tmp_path / "org", objects=tmp_path / "one.yaml") as with_one:
        before = World(with_one, several.engine, several.database_url, tmp_path, mappings=several.mappings)
        before.run_import(run_id="before")
        assert before.rows(HELD) == [("Acme", Decimal("1000.5"), "EUR")]

    several.run_import()
    several.run_import()

    assert several.rows(HELD) == [("Acme", Decimal("1000.5"), "USD")]
    assert several.run_import() == {}


def test_a_currency_of_no_amounts_is_a_finding_with_its_line(plain: World) -> None:
    text = "\n".join(line for line in LICENCES.splitlines() if "Amount" not in line)
    (plain.mappings / "licences.yaml").write_text(text)

    with pytest.raises(MappingFault, match=r"licences\.yaml:6: `receive\.currency` says .* but no amount of Opportun"):
        plain.run_import()


def test_a_quiet_import_of_a_multi_currency_org_reads_nothing_and_says_so_still(several: World) -> None:
    sell(several, "in EUR", CurrencyIsoCode="EUR")
    several.run_import()
    several.org.control.advance_clock(3600)

    # The first of them is still sent the describe, and the second is not.
    assert (several.run_import(), several.run_import()) == ({}, {})
    assert "Salesforce Account with Multicurrency: ON" in several.one(COMMENT)
