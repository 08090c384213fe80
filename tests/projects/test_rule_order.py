"""Rules of one source in order: what an earlier one takes, a later one does not."""

from __future__ import annotations

from dataclasses import replace
from shutil import copytree
from typing import Any

import pytest

from closedwon.errors import MappingFault
from closedwon.mapping.model import ChangesTo
from closedwon.mapping.reader import read_catalog, require_sound
from tests.projects.delivery_desk import Desk
from tests.world import MAPPINGS


@pytest.fixture
def ordered(desk: Desk) -> Desk:
    """A desk with the rule `upgrades`, on won deals of that type, and the shipped one after it; that one runs first."""
    (rule,) = desk.catalog.rules
    upgrades = replace(
        rule, name="upgrades", id="upgrades", when=ChangesTo("Type", ("Existing Customer - Upgrade",)), template=None
    )
    desk.catalog = replace(desk.catalog, rules=(replace(rule, after=("upgrades",)), upgrades))
    return desk


def made_by(desk: Desk) -> list[str]:
    return [row.rule for row in desk.ask("SELECT rule FROM delivery.projects ORDER BY id")]


def test_a_record_that_two_rules_pick_is_a_project_of_the_earlier_whichever_runs_first(ordered: Desk) -> None:
    deal = ordered.put_opportunity(deal_type="Existing Customer - Upgrade")
    ordered.put_opportunity(deal_type="New Customer")

    ordered.run()

    assert sorted(made_by(ordered)) == ["upgrades", "won_opportunities"]
    (decision,) = ordered.ask(
        "SELECT outcome, reason FROM sync.decision WHERE source_salesforce_id = :id AND rule = 'won_opportunities'",
        id=deal,
    )
    assert tuple(decision) == ("not_picked", "The rule upgrades takes it; the rule won_opportunities comes after.")


def test_a_record_that_no_longer_fits_the_earlier_rule_keeps_its_one_project(ordered: Desk) -> None:
    deal = ordered.put_opportunity(deal_type="Existing Customer - Upgrade")
    ordered.run()
    ordered.change("Opportunity", deal, deal_type="New Customer")

    ordered.run()

    assert made_by(ordered) == ["upgrades"]


def test_a_record_that_the_earlier_rule_lets_go_before_it_made_a_project_is_the_later_ones(ordered: Desk) -> None:
    deal = ordered.put_opportunity(deal_type="Existing Customer - Upgrade", account_id=None)
    ordered.run()
    assert made_by(ordered) == []
    ordered.change("Opportunity", deal, deal_type="New Customer", account_id=ordered.put_account())

    ordered.run()

    assert made_by(ordered) == ["won_opportunities"]


def test_a_record_that_the_later_rule_has_made_a_project_of_is_not_taken_by_the_earlier_one(ordered: Desk) -> None:
    deal = ordered.put_opportunity(deal_type="New Customer")
    ordered.run()
    ordered.change("Opportunity", deal, deal_type="Existing Customer - Upgrade")

    ordered.run()

    assert made_by(ordered) == ["won_opportunities"]


def test_an_earlier_rule_takes_only_what_meets_its_conditions(desk: Desk, bend_rules: Any) -> None:
    large_banks = "only_if: [{field: Amount, at_least: 100}, {field: Account.Industry, is: [Banking]}]"
    desk.catalog = bend_rules(first=large_banks, second="after: [first]")
    bank, other = desk.put_account(segment="finance"), desk.put_account()
    for account, amount in [(bank, 100), (bank, 99), (other, 100)]:
        desk.put_opportunity(account_id=account, amount=amount)

    desk.run()

    assert sorted(made_by(desk)) == ["first", "second", "second"]


@pytest.fixture
def bend_rules(tmp_path: Any) -> Any:
    """The catalog of the shipped mapping files with these rules, each the shipped one with a line of its own."""
    folder = copytree(MAPPINGS, tmp_path / "mappings")
    shipped = folder / "rules" / "won_opportunities.yaml"
    text = shipped.read_text()
    shipped.unlink()

    def write(**lines: str) -> Any:
        for name, line in lines.items():
            (folder / "rules" / f"{name}.yaml").write_text(text.replace("id: won_opportunities", f"id: {name}\n{line}"))
        return require_sound(read_catalog(folder))

    return write


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        pytest.param({"a": "after: [b]"}, "there is no rule 'b' to come after", id="unknown"),
        pytest.param({"won": "after: [wonn]", "x": ""}, "(did you mean 'won'?)", id="slip"),
        pytest.param({"a": "after: [a]"}, "the rule a comes after this one already", id="itself"),
        pytest.param({"a": "after: [b]", "b": "after: [a]"}, "the rule b comes after this one already", id="circle"),
        pytest.param(
            {"a": "after: [b]", "b": "after: [c]", "c": "after: [a]", "d": "after: [a]"},
            "the rule c comes after this one already",
            id="long-circle",
        ),
    ],
)
def test_an_order_that_cannot_be_is_a_finding(bend_rules: Any, lines: dict[str, str], finding: str) -> None:
    with pytest.raises(MappingFault, match="rules/") as raised:
        bend_rules(**lines)

    assert finding in str(raised.value)


def test_a_rule_that_comes_after_a_broken_one_needs_it(bend_rules: Any, tmp_path: Any) -> None:
    bend_rules(a="", b="after: [a]", c="after: [b]")
    (tmp_path / "mappings" / "rules" / "a.yaml").write_text("when: nothing\n")

    broken = read_catalog(tmp_path / "mappings").broken

    assert {file.name: file.needs for file in broken} == {"a": (), "b": ("rules/a.yaml",), "c": ("rules/b.yaml",)}
