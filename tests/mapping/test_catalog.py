"""What good mapping files come to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from closedwon.mapping.model import QUARANTINE, ChangesTo, IsChecked, OneTimeField, TemplatePhase, TemplateTask
from closedwon.mapping.reader import read_catalog, require_sound

PROJECT_FOLDER = Path(__file__).parents[2]


def test_parents_come_before_the_objects_that_refer_to_them(bend) -> None:
    catalog = require_sound(read_catalog(bend()))

    assert [mapping.name for mapping in catalog.inbound] == ["users", "accounts", "opportunities"]
    assert [mapping.name for mapping in catalog.outbound] == ["projects"]


def test_a_reference_knows_the_object_of_its_parent(bend) -> None:
    accounts = require_sound(read_catalog(bend())).mapping("accounts")

    parents = {field.salesforce: field.parents for field in accounts.fields if field.type == "reference"}
    assert parents == {"OwnerId": {"User": "crm.users"}, "ParentId": {"Account": "crm.accounts"}}


@pytest.mark.parametrize(
    ("written", "tables", "is_list"),
    [("crm.users", ("crm.users",), False), ("[crm.users, crm.accounts]", ("crm.users", "crm.accounts"), True)],
)
def test_a_reference_names_one_table_or_a_list(bend, written: str, tables: tuple[str, ...], is_list: bool) -> None:
    folder = bend("accounts.yaml", "references: crm.users", f"references: {written}")

    owner = require_sound(read_catalog(folder)).mapping("accounts").fields[3]

    assert (owner.references, owner.is_polymorphic) == (tables, is_list)


def test_a_mapping_that_is_sent_says_by_what_and_from_where(bend) -> None:
    projects = require_sound(read_catalog(bend())).mapping("projects")

    assert (projects.send.key.salesforce, projects.send.key.column) == ("Project_Id__c", "id")
    assert projects.send.read_from == projects.sent_from == "delivery.projects_current"


def test_a_value_map_holds_labels_with_commas(bend) -> None:
    accounts = require_sound(read_catalog(bend())).mapping("accounts")

    values = accounts.fields[1].values
    assert values is not None
    assert dict(values.codes) == {"Customer - Direct": "customer", "Other, unknown": "other"}


def test_a_value_map_may_begin_with_the_mark_that_excel_writes(bend) -> None:
    folder = bend("values/status.csv", content=b"\xef\xbb\xbflabel,code\r\nLate,red\r\n")

    values = require_sound(read_catalog(folder)).mapping("projects").fields[0].values

    assert values is not None
    assert dict(values.codes) == {"Late": "red"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("fallback: customer", "customer"), ("fallback: null", None), ("note: none", QUARANTINE)],
    ids=["code", "empty", "absent"],
)
def test_an_unlisted_label_becomes_what_the_fallback_says(bend, written: str, meant: object) -> None:
    accounts = require_sound(read_catalog(bend("accounts.yaml", "fallback: customer", written))).mapping("accounts")

    assert accounts.fields[1].fallback == meant


def test_a_suite_says_what_is_expected_with_its_bounds_as_they_are_written(bend) -> None:
    folder = bend("accounts.yaml", "column: revenue, type: number", "column: revenue, type: date")
    suite = "- {expect: column_values_to_be_between, column: revenue, min_value: 2026-01-31, strict_min: true}\n"
    (folder / "suites" / "accounts.yaml").write_text(suite)

    (expectation,) = require_sound(read_catalog(folder)).mapping("accounts").expectations

    assert expectation == {
        "expect": "column_values_to_be_between",
        "column": "revenue",
        "min_value": "2026-01-31",
        "strict_min": True,
        "strict_max": False,
        "note": "",
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("accounts.yaml", "column: revenue", "column: revenue, note: yearly", {"accounts"}),
        ("values/account_type.csv", "other\n", "unknown\n", {"accounts"}),
        ("suites/accounts.yaml", "min_value: 0", "min_value: 1", {"accounts"}),
        ("values/status.csv", "green", "fine", {"projects"}),
        ("rules/won.yaml", "lead@", "boss@", set()),
    ],
    ids=["mapping", "value-map", "suite", "other-value-map", "rule"],
)
def test_the_digest_changes_with_the_files_that_a_mapping_is_made_of(
    bend, file: str, old: str, new: str, changed: set[str]
) -> None:
    before = {mapping.name: mapping.digest for mapping in require_sound(read_catalog(bend())).mappings}

    after = {mapping.name: mapping.digest for mapping in require_sound(read_catalog(bend(file, old, new))).mappings}

    assert {name for name in before if before[name] != after[name]} == changed
    assert all(len(digest) == 16 for digest in after.values())


def test_a_rule_says_what_becomes_a_project_and_what_it_gets(bend) -> None:
    rule = require_sound(read_catalog(bend())).rules[0]

    assert (rule.name, rule.source, rule.default_lead) == ("won", "Opportunity", "lead@example.com")
    assert rule.when == ChangesTo("StageName", ("Closed Won",))
    assert rule.once == (OneTimeField("name", "Opportunity", "Name"),)
    assert (rule.template.field, rule.template.default) == ("Type", "standard")
    assert dict(rule.template.values) == {"New Customer": "standard"}


def test_a_checkbox_of_a_custom_object_can_trigger(bend) -> None:
    folder = bend("rules/won.yaml", "{field: StageName, changes_to: [Closed Won]}", "{field: Go__c, is_checked: true}")
    for file in ("rules/won.yaml", "opportunities.yaml"):
        text = (folder / file).read_text()
        (folder / file).write_text(re.sub("(?<=: )Opportunity", "Rollout__c", text))

    rule = require_sound(read_catalog(folder)).rules[0]

    assert (rule.source, rule.when) == ("Rollout__c", IsChecked("Go__c", True))


def test_a_template_lists_phases_and_tasks(bend) -> None:
    template = require_sound(read_catalog(bend())).templates["standard"]

    assert template.phases == (TemplatePhase("Kick-off", (TemplateTask("Welcome call", 1.5, 3),)),)


def test_one_column_can_be_sent_to_two_fields(bend) -> None:
    folder = bend("projects.yaml", "salesforce: Account__c, column: account_id", "salesforce: Two__c, column: status")

    assert [field.column for field in require_sound(read_catalog(folder)).mapping("projects").sent] == [
        "status",
        "status",
    ]


def test_users_are_read_without_the_deletion_mark_that_they_do_not_have(bend) -> None:
    catalog = require_sound(read_catalog(bend()))

    assert catalog.mapping("users").selected == ("Id", "SystemModstamp", "Name")
    assert catalog.mapping("accounts").selected[:3] == ("Id", "IsDeleted", "SystemModstamp")


def test_the_mapping_files_of_the_project_are_sound() -> None:
    catalog = require_sound(read_catalog(PROJECT_FOLDER / "include" / "mappings"))

    assert [m.name for m in catalog.inbound] == ["users", "accounts", "contacts", "opportunities"]
