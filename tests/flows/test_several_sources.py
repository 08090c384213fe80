"""A column that further Salesforce fields fill, in order, where those before are empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from closedwon.errors import MappingFault
from tests.flows.own_org import mapping_of, open_world
from tests.world import World

OBJECTS = """
objects:
  Contact:
    fields:
      Post_Code__c: {type: text, label: Post code}
      Old_Code__c: {type: text}
      Grade__c: {type: picklist, values: [A, B]}
      Old_Grade__c: {type: picklist, values: [A, B, C]}
"""
NAME = "  - {salesforce: LastName, column: last_name, type: text, direction: receive}"
ZIP = (
    "  - {salesforce: MailingPostalCode, otherwise: [Post_Code__c, Old_Code__c], column: zip, type: text, "
    "direction: receive}"
)
GRADE = (
    "  - {salesforce: Grade__c, otherwise: [Old_Grade__c], column: grade, type: picklist, direction: receive, "
    "values: grade}"
)


def contacts(*lines: str) -> str:
    return mapping_of(NAME, *lines).replace("sobject: Account", "sobject: Contact").replace("accounts", "contacts")


@pytest.fixture
def world(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org whose contacts have a second and a third field for the post code, and the mapping that reads them."""
    for world in open_world(tmp_path, engine, database_url, OBJECTS, contacts=contacts(ZIP, GRADE)):
        (world.mappings / "values").mkdir()
        (world.mappings / "values" / "grade.csv").write_text("label,code\nA,best\nB,good\n")
        yield world


def zips(world: World) -> dict[str, str | None]:
    return dict(tuple(row) for row in world.rows("SELECT last_name, zip FROM crm.contacts"))


def use(world: World, *lines: str) -> None:
    (world.mappings / "contacts.yaml").write_text(contacts(*lines))


def test_Autotask_35_the_post_code_fills_the_zip_where_the_mailing_postal_code_is_empty(world: World) -> None:
    org = world.people()
    for name, codes in {
        "Both": {"MailingPostalCode": "00123", "Post_Code__c": "SW1A 1AA"},
        "Second": {"Post_Code__c": "SW1A 1AA", "Old_Code__c": "OLD"},
        "Third": {"Old_Code__c": "OLD"},
        "None": {},
    }.items():
        org.create("Contact", {"LastName": name, **codes})

    world.run_import()

    assert zips(world) == {"Both": "00123", "Second": "SW1A 1AA", "Third": "OLD", "None": None}
    assert world.is_in_parity()


def test_a_record_whose_first_field_is_emptied_gets_the_value_of_the_next(world: World) -> None:
    org = world.people()
    contact = org.create("Contact", {"LastName": "Ito", "MailingPostalCode": "00123", "Post_Code__c": "SW1A 1AA"})
    world.run_import()
    org.update("Contact", contact, {"MailingPostalCode": None})

    world.run_import()

    assert zips(world) == {"Ito": "SW1A 1AA"}


def test_the_reason_in_quarantine_names_the_field_whose_value_was_at_fault(world: World) -> None:
    org = world.people()
    org.create("Contact", {"LastName": "First", "Grade__c": "C", "Old_Grade__c": "A"})
    org.create("Contact", {"LastName": "Second", "Old_Grade__c": "C"})
    org.create("Contact", {"LastName": "Good", "Old_Grade__c": "B"})

    world.run_import()

    reasons = world.rows("SELECT field, reason FROM sync.quarantine ORDER BY field")
    assert [row.field for row in reasons] == ["Grade__c", "Old_Grade__c"]
    assert reasons[0].reason.startswith("Grade__c = 'C' is not one of the 2 mapped labels")
    assert reasons[1].reason.startswith("Old_Grade__c = 'C' is not one of the 2 mapped labels")
    assert world.rows("SELECT last_name, grade FROM crm.contacts") == [("Good", "good")]


def test_a_required_column_is_empty_where_all_of_its_fields_are_and_the_reason_names_them(world: World) -> None:
    use(world, ZIP.replace("type: text", "type: text, required: true"))
    world.people().create("Contact", {"LastName": "Second", "Old_Code__c": "OLD"})
    world.people().create("Contact", {"LastName": "None"})

    world.run_import()

    reason = world.one("SELECT reason FROM sync.quarantine")
    wanted = "MailingPostalCode and Post_Code__c and Old_Code__c are empty, but contacts.yaml, line 6, requires one of"
    assert reason.startswith(wanted)
    assert zips(world) == {"Second": "OLD"}


def test_a_field_that_is_added_fills_the_rows_that_are_there(world: World) -> None:
    use(world, ZIP.replace("[Post_Code__c, Old_Code__c]", "[Old_Code__c]"))
    world.people().create("Contact", {"LastName": "Second", "Post_Code__c": "SW1A 1AA"})
    world.run_import()
    assert zips(world) == {"Second": None}
    use(world, ZIP)

    world.run_import()

    assert zips(world) == {"Second": "SW1A 1AA"}
    comment = "SELECT col_description('crm.contacts'::regclass, attnum) FROM pg_attribute WHERE attname = 'zip'"
    assert world.one(comment) == "Salesforce Contact.MailingPostalCode, else Post_Code__c, else Old_Code__c."


@pytest.mark.parametrize(
    ("otherwise", "finding"),
    [
        pytest.param(
            "Post_Kode__c", "Contact has no field 'Post_Kode__c' (did you mean 'Post_Code__c'?)", id="missing"
        ),
        pytest.param(
            "Birthdate", "Contact.Birthdate is date in the org, but text in the mapping", id="of-another-type"
        ),
        pytest.param("MailingAddress", "Contact.MailingAddress is a compound field", id="compound"),
    ],
)
def test_each_further_field_is_compared_with_the_org_before_a_record_moves(
    world: World, otherwise: str, finding: str
) -> None:
    use(world, ZIP.replace("Old_Code__c", otherwise))
    world.people().create("Contact", {"LastName": "Ito"})

    with pytest.raises(MappingFault) as refused:
        world.run_import()

    assert f"contacts.yaml:6: {finding}" in str(refused.value)


def test_what_a_suite_rejects_and_what_takes_the_fallback_names_all_fields_that_the_value_may_come_from(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    use(world, ZIP, GRADE.replace("values: grade", "values: grade, fallback: null"))
    (world.mappings / "suites").mkdir()
    suite = '- {expect: column_values_to_match_regex, column: zip, regex: "^[0-9]+$"}\n'
    (world.mappings / "suites" / "contacts.yaml").write_text(suite)
    world.people().create("Contact", {"LastName": "Second", "Post_Code__c": "SW1A 1AA", "Old_Grade__c": "C"})

    world.run_import()

    field, reason = world.one("SELECT field, reason FROM sync.quarantine")
    assert field == "MailingPostalCode"
    assert reason.startswith("MailingPostalCode or Post_Code__c or Old_Code__c = 'SW1A 1AA', but expected is")
    assert "contacts: Grade__c or Old_Grade__c = 'C' is not in values/grade.csv" in caplog.text
