"""A rule's file under another name: the warehouse knows the rule by its id."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from closedwon.errors import MappingFault
from closedwon.mapping.model import BrokenFile, Catalog, ChangesTo, Finding, Rule
from tests.projects.delivery_desk import Desk
from tests.projects.test_project_rules import OBJECT, RULE, WriteCatalog


def with_rules(catalog: Catalog, *rules: Rule) -> Catalog:
    return replace(catalog, rules=rules)


def rename(rule: Rule, name: str) -> Rule:
    return replace(rule, name=rule.id or name, file=f"rules/{name}.yaml")


@pytest.fixture
def renamed(desk: Desk) -> Desk:
    """A desk whose rule has made a project and deleted one, and has no id of its own: its file was then renamed."""
    rule = replace(desk.catalog.rules[0], id=None)
    desk.catalog = with_rules(desk.catalog, rule)
    desk.put_opportunity()
    desk.put_opportunity(name="Deleted by the team")
    desk.run()
    desk.do("DELETE FROM delivery.projects WHERE name = 'Deleted by the team'")
    desk.catalog = with_rules(desk.catalog, rename(rule, "wins"))
    return desk


def test_the_shipped_rule_goes_on_with_its_projects_when_its_file_is_renamed(desk: Desk) -> None:
    desk.put_opportunity()
    desk.run()
    desk.catalog = with_rules(desk.catalog, rename(desk.catalog.rules[0], "wins"))
    desk.put_opportunity()

    (counts,) = desk.run()

    assert (counts.looked_at, counts.made, desk.projects()) == (1, 1, 2)
    assert {row.rule for row in desk.ask("SELECT rule FROM delivery.projects")} == {"won_opportunities"}


def test_a_rule_without_an_id_that_may_have_been_renamed_makes_nothing_and_says_what_to_add(renamed: Desk) -> None:
    with pytest.raises(MappingFault) as refused:
        renamed.run()

    message = str(refused.value)
    assert "made by the rule 'won_opportunities' (2 records), which has no file any more" in message
    assert re.search("^If it was renamed, add `id: won_opportunities` to rules/wins.yaml", message, re.M)
    assert re.search("^If it is another rule, add `id: wins`", message, re.M)
    assert renamed.projects() == 1


@pytest.mark.parametrize(("own_id", "projects"), [("won_opportunities", 1), ("wins", 3)], ids=["renamed", "another"])
def test_the_id_that_was_added_decides_whether_it_is_the_same_rule(renamed: Desk, own_id: str, projects: int) -> None:
    renamed.catalog = with_rules(renamed.catalog, replace(renamed.catalog.rules[0], name=own_id, id=own_id))

    renamed.run()

    assert renamed.projects() == projects


def test_a_rule_that_is_added_beside_the_others_needs_no_id_and_makes_projects_of_its_own(desk: Desk) -> None:
    desk.put_opportunity()
    desk.run()
    rule = replace(desk.catalog.rules[0], id=None)
    desk.catalog = with_rules(desk.catalog, *desk.catalog.rules, rename(rule, "second"))

    desk.run()

    assert desk.projects() == 2


def test_a_rule_whose_file_is_broken_has_a_file_so_that_the_new_one_is_not_taken_for_it(renamed: Desk) -> None:
    finding = Finding("rules/won_opportunities.yaml", 1, "it cannot be read")
    broken = BrokenFile("won_opportunities", finding.file, "rule", (finding,))
    renamed.catalog = replace(renamed.catalog, broken=(broken,))

    renamed.run()

    assert renamed.projects() == 3


def test_a_rule_that_has_decided_before_goes_on_when_the_file_of_another_is_removed(desk: Desk) -> None:
    first = replace(desk.catalog.rules[0], id=None)
    desk.catalog = with_rules(desk.catalog, first, rename(first, "second"))
    desk.put_opportunity()
    desk.run()
    desk.catalog = with_rules(desk.catalog, first)
    desk.put_opportunity()

    (counts,) = desk.run()

    assert (counts.made, desk.projects()) == (1, 3)


def test_a_rule_that_has_made_no_project_can_be_renamed_without_an_id(desk: Desk) -> None:
    rule = replace(desk.catalog.rules[0], id=None)
    desk.catalog = with_rules(desk.catalog, rule)
    deal = desk.put_opportunity(stage="Prospecting")
    desk.run()
    desk.catalog = with_rules(desk.catalog, rename(rule, "wins"))
    desk.move(deal, "Closed Won")

    desk.run()

    assert desk.projects() == 1


def test_a_rule_is_not_taken_for_a_removed_one_of_another_object(desk: Desk) -> None:
    rule = replace(desk.catalog.rules[0], id=None)
    names = tuple(replace(once, sobject="Account") for once in rule.once if once.column == "name")
    of_accounts = replace(
        rename(rule, "customers"), source="Account", when=ChangesTo("Name", ("Acme",)), once=names, template=None
    )
    desk.catalog = with_rules(desk.catalog, of_accounts)
    desk.put_opportunity()
    desk.run()
    desk.catalog = with_rules(desk.catalog, rule)

    (counts,) = desk.run()

    assert (counts.made, desk.projects()) == (1, 2)


def test_two_rules_cannot_have_one_name(write_catalog: WriteCatalog) -> None:
    rule = RULE.format(sobject="Launch__c", when="Send_to_Delivery__c, is_checked: true")

    with pytest.raises(MappingFault) as refused:
        write_catalog(things=OBJECT.format(sobject="Launch__c"), rules__first=rule, rules__second=rule + "id: first\n")

    message = str(refused.value)
    assert "rules/first.yaml:2: the rule is called 'first', and so is rules/second.yaml" in message
    assert "rules/second.yaml:7: the rule is called 'first', and so is rules/first.yaml" in message
