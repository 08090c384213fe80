from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from org_samples import StandingClock

from localorg.org import Org
from localorg.schema import load_schema

FIELDS = """
objects:
  Visit__c:
    fields:
      Country__c: {type: picklist, values: [USA, Italy, Croatia, Israel, Slovakia, Austria], restricted: true}
      City__c:
        type: picklist
        controller: Country__c
        values:
          Chicago: {validFor: [USA], default: true}
          Rome: {validFor: [Italy]}
          Vienna: {validFor: [USA, Austria]}
      Paid__c: {type: checkbox, default: true}
      Method__c: {type: picklist, controller: Paid__c, values: {Cash: {validFor: ["true"]}}}
      Old__c: {type: picklist, values: {now: {label: Today}, then: {inactive: true}}}
      Rich__c: {type: richtext, help: With pictures}
      Rate__c: {type: number, precision: 5, scale: 1, default: 1.5}
      Word__c: {type: text, length: 20, default: none}
      Secret__c: {type: encryptedstring, length: 20}
      Skills__c: {type: multipicklist, values: [a, b], precision: 3}
      Key__c: {type: text, length: 10, externalId: true, unique: true, caseSensitive: true}
"""


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    file = tmp_path_factory.mktemp("describe") / "objects.yaml"
    file.write_text(FIELDS, encoding="utf-8")
    org = Org(load_schema(file), None, StandingClock())
    yield org
    org.close()


@pytest.fixture(scope="module")
def fields(visits: Org) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in visits.describe("Visit__c")["fields"]}


def test_dependent_picklists_tell_with_which_values_each_of_theirs_is_valid(fields: dict[str, dict[str, Any]]) -> None:
    city = fields["City__c"]

    assert (city["dependentPicklist"], city["controllerName"]) == (True, "Country__c")
    # As recorded of a picklist whose controlling field has six values: one bit each, from the left, in base64.
    valid_for = {value["value"]: value["validFor"] for value in city["picklistValues"]}
    assert valid_for == {"Chicago": "gAAA", "Rome": "QAAA", "Vienna": "hAAA"}
    assert fields["Country__c"]["picklistValues"][0]["validFor"] is None


def test_a_checkbox_controls_a_picklist_with_false_before_true(fields: dict[str, dict[str, Any]]) -> None:
    assert fields["Method__c"]["picklistValues"][0]["validFor"] == "QAAA"


def test_picklist_values_have_labels_and_may_be_inactive(fields: dict[str, dict[str, Any]]) -> None:
    now, then = fields["Old__c"]["picklistValues"]

    assert (now["value"], now["label"], now["active"]) == ("now", "Today", True)
    assert (then["label"], then["active"]) == ("then", False)


def test_defaults_are_values_for_choices_and_formulas_for_the_rest(fields: dict[str, dict[str, Any]]) -> None:
    told = {name: (field["defaultValue"], field["defaultValueFormula"]) for name, field in fields.items()}

    assert told["City__c"] == ("Chicago", None)
    assert told["Paid__c"] == (True, None)
    assert told["Rate__c"] == (None, "1.5")
    assert told["Word__c"] == (None, '"none"')
    assert told["Key__c"] == (None, None)
    assert fields["Rate__c"]["defaultedOnCreate"] is True


def test_texts_that_are_kept_in_another_way_say_so(fields: dict[str, dict[str, Any]]) -> None:
    rich, secret, skills, key = (fields[name] for name in ("Rich__c", "Secret__c", "Skills__c", "Key__c"))

    assert (rich["htmlFormatted"], rich["extraTypeInfo"], rich["filterable"]) == (True, "richtextarea", False)
    assert rich["inlineHelpText"] == "With pictures"
    assert (secret["maskType"], secret["filterable"], secret["sortable"], secret["groupable"]) == ("all", *[False] * 3)
    assert (skills["length"], skills["byteLength"], skills["precision"]) == (4099, 4099, 3)
    assert (skills["sortable"], skills["filterable"]) == (False, True)
    assert (key["caseSensitive"], key["unique"], key["externalId"], key["idLookup"]) == (True, True, True, True)


def test_files_can_be_neither_filtered_nor_sorted_nor_grouped(visits: Org) -> None:
    found = {field["name"]: field for field in visits.describe("ContentVersion")["fields"]}

    body = found["VersionData"]
    assert (body["type"], body["soapType"]) == ("base64", "xsd:base64Binary")
    assert [body[key] for key in ("filterable", "sortable", "groupable", "aggregatable")] == [False] * 4


def test_every_field_has_the_57_keys_in_the_order_of_the_alphabet(visits: Org) -> None:
    for brief in visits.describe_global()["sobjects"]:
        for field in visits.describe(brief["name"])["fields"]:
            assert len(field) == 57
            assert list(field) == sorted(field)


def test_a_describe_is_made_once_for_one_schema_and_anew_for_another(visits: Org) -> None:
    first = visits.describe("Lead")

    assert visits.describe("lead") is first
    assert visits.describe_global() is visits.describe_global()
    visits.catalogue.add_field("Lead", "Learned__c")
    assert "Learned__c" in {field["name"] for field in visits.describe("Lead")["fields"]}
    assert "Learned__c" not in {field["name"] for field in first["fields"]}


def test_addresses_are_those_of_the_version_that_was_asked(visits: Org) -> None:
    described = visits.describe("Lead", root="/services/data/v60.0")

    assert described["urls"]["describe"] == "/services/data/v60.0/sobjects/Lead/describe"
    assert visits.describe("Lead")["urls"]["describe"] != described["urls"]["describe"]


def test_objects_of_setup_have_no_layouts_and_no_record_types(visits: Org) -> None:
    group = visits.describe("Group")

    assert (group["layoutable"], group["recordTypeInfos"]) == (False, [])
    assert set(group["urls"]) == {"rowTemplate", "describe", "sobject"}


def test_scopes_tell_of_queues_where_queues_may_own(visits: Org) -> None:
    names = {
        name: [scope["name"] for scope in visits.describe(name)["supportedScopes"]] for name in ("Case", "Product2")
    }

    assert names["Case"] == ["everything", "mine", "queue_owned", "scopingRule", "team", "user_owned"]
    assert names["Product2"] == ["everything"]


def test_picklists_of_accounts_hold_255_characters(visits: Org) -> None:
    lengths = {field["name"]: field["length"] for field in visits.describe("Account")["fields"]}

    assert [lengths[name] for name in ("Type", "Industry", "Ownership", "Rating", "AccountSource")] == [255] * 5
