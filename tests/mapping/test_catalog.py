"""What good mapping files come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from closedwon.mapping.model import QUARANTINE, OneTimeField, TemplatePhase, TemplateTask, Trigger
from closedwon.mapping.reader import load_catalog

PROJECT_FOLDER = Path(__file__).parents[2]


def test_parents_come_before_the_objects_that_refer_to_them(bend) -> None:
    catalog = load_catalog(bend())

    assert [mapping.name for mapping in catalog.inbound] == ["users", "accounts"]
    assert [mapping.name for mapping in catalog.outbound] == ["projects"]


def test_a_reference_knows_the_object_of_its_parent(bend) -> None:
    accounts = load_catalog(bend()).mapping("accounts")

    parents = {field.salesforce: field.parent_sobject for field in accounts.fields if field.type == "reference"}
    assert parents == {"OwnerId": "User", "ParentId": "Account"}


def test_a_value_map_holds_labels_with_commas(bend) -> None:
    accounts = load_catalog(bend()).mapping("accounts")

    values = accounts.fields[1].values
    assert values is not None
    assert dict(values.codes) == {"Customer - Direct": "customer", "Other, unknown": "other"}


def test_a_value_map_may_begin_with_the_mark_that_excel_writes(bend) -> None:
    folder = bend("values/status.csv", content=b"\xef\xbb\xbflabel,code\r\nLate,red\r\n")

    values = load_catalog(folder).mapping("projects").fields[0].values

    assert values is not None
    assert dict(values.codes) == {"Late": "red"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("fallback: customer", "customer"), ("fallback: null", None), ("note: none", QUARANTINE)],
    ids=["code", "empty", "absent"],
)
def test_an_unlisted_label_becomes_what_the_fallback_says(bend, written: str, meant: object) -> None:
    accounts = load_catalog(bend("accounts.yaml", "fallback: customer", written)).mapping("accounts")

    assert accounts.fields[1].fallback == meant


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
    before = {mapping.name: mapping.digest for mapping in load_catalog(bend()).mappings}

    after = {mapping.name: mapping.digest for mapping in load_catalog(bend(file, old, new)).mappings}

    assert {name for name in before if before[name] != after[name]} == changed
    assert all(len(digest) == 16 for digest in after.values())


def test_a_rule_says_what_becomes_a_project_and_what_it_gets(bend) -> None:
    rule = load_catalog(bend()).rules[0]

    assert (rule.name, rule.source, rule.default_lead) == ("won", "Opportunity", "lead@example.com")
    assert rule.trigger == Trigger("changes_to", "StageName", ("Closed Won",))
    assert rule.once == (OneTimeField("name", "Opportunity", "Name", line=5),)
    assert (rule.template_field, rule.default_template) == ("Type", "standard")
    assert dict(rule.templates) == {"New Customer": "standard"}


def test_a_checkbox_of_a_custom_object_can_trigger(bend) -> None:
    folder = bend("rules/won.yaml", "{field: StageName, changes_to: [Closed Won]}", "{field: Go__c, is_checked: true}")
    text = (folder / "rules/won.yaml").read_text().replace("source: Opportunity", "source: Rollout__c")
    (folder / "rules/won.yaml").write_text(text)

    rule = load_catalog(folder).rules[0]

    assert (rule.source, rule.trigger) == ("Rollout__c", Trigger("is_checked", "Go__c", ("true",)))


def test_a_template_lists_phases_and_tasks(bend) -> None:
    template = load_catalog(bend()).templates["standard"]

    assert template.phases == (TemplatePhase("Kick-off", (TemplateTask("Welcome call", 1.5, 3),)),)


def test_one_column_can_be_sent_to_two_fields(bend) -> None:
    folder = bend("projects.yaml", "salesforce: Account__c, column: account_id", "salesforce: Two__c, column: status")

    assert [field.column for field in load_catalog(folder).mapping("projects").sent] == ["status", "status"]


def test_users_are_read_without_the_deletion_mark_that_they_do_not_have(bend) -> None:
    catalog = load_catalog(bend())

    assert catalog.mapping("users").selected == ("Id", "SystemModstamp", "Name")
    assert catalog.mapping("accounts").selected[:3] == ("Id", "IsDeleted", "SystemModstamp")


def test_the_mapping_files_of_the_project_are_free_of_faults() -> None:
    catalog = load_catalog(PROJECT_FOLDER / "include" / "mappings")

    assert [m.name for m in catalog.inbound] == ["users", "accounts", "contacts", "opportunities"]
