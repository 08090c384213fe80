"""Fields of every type that an org has come in, each in the column that its kind makes, and go back as they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from closedwon.errors import MappingFault
from closedwon.flows import outbound
from localorg.schema.field_format import DEFAULTS
from tests.flows.own_org import line, mapping_of, open_world
from tests.world import World

HTML = "<p>Met <b>Zoë</b> &amp; O'Neill</p>"

TYPES: dict[str, tuple[str, str, Any, Any]] = {
    "string": ("{type: text}", "text", " Acme 🎉 ", "Acme 🎉"),
    "textarea": ("{type: longtext}", "text", '  one\ntwo, "three"', '  one\ntwo, "three"'),
    "richtext": ("{type: richtext}", "text", HTML, HTML),
    "email": ("{type: email}", "text", "Ana@X.Example", "ana@x.example"),
    "phone": ("{type: phone}", "text", "+44 20 7946 0000", "+44 20 7946 0000"),
    "url": ("{type: url}", "text", "https://x.example/a?b=c", "https://x.example/a?b=c"),
    "encryptedstring": ("{type: encryptedstring}", "text", "secret", "secret"),
    "picklist": ("{type: picklist, values: [Hot, Cold]}", "picklist", "Hot", "Hot"),
    "combobox": ("{type: combobox, values: [Call, Mail]}", "picklist", "Call", "Call"),
    "multipicklist": (
        '{type: multipicklist, values: [Red, Green, "a, \\"b\\""]}',
        "multipicklist",
        'a, "b";Red',
        ["Red", 'a, "b"'],
    ),
    "double": ("{type: number, precision: 18, scale: 4}", "number", 1234.5678, Decimal("1234.5678")),
    "currency": ("{type: currency}", "number", 1234567890123.45, Decimal("1234567890123.45")),
    "percent": ("{type: percent}", "number", 62.5, Decimal("62.5")),
    "int": ("{type: int}", "integer", 12345678, 12345678),
    "boolean": ("{type: checkbox}", "boolean", True, True),
    "date": ("{type: date}", "date", "1700-01-01", date(1700, 1, 1)),
    "datetime": (
        "{type: datetime}",
        "datetime",
        "2026-03-29T01:30:00.000+0000",
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    ),
    "time": ("{type: time}", "time", "08:30:00.250Z", time(8, 30, 0, 250000)),
    "reference": ("{type: reference, to: Account}", "text", None, None),
}
"""By the name of a custom field: its definition in the org, its kind, what people write, and what the column holds."""


@pytest.fixture
def typed(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org whose accounts have a custom field of each type, and the mapping that receives them all."""
    fields = "".join(f"      {name}__c: {definition}\n" for name, (definition, *_) in TYPES.items())
    lines = [line(f"{name}__c", f"of_{name}", kind) for name, (_, kind, *_) in TYPES.items()]
    accounts = mapping_of(line("Name", "name", "text"), *lines)
    objects = f"objects:\n  Account:\n    fields:\n{fields}"
    yield from open_world(tmp_path, engine, database_url, objects, accounts=accounts)


def test_Planhat_15_a_custom_field_of_each_type_that_the_org_has_comes_in(typed: World) -> None:
    org = typed.people()
    written = {f"{name}__c": value for name, (_, _, value, _) in TYPES.items() if value is not None}
    parent = org.create("Account", {"Name": "Parent"})
    org.create("Account", {"Name": "Acme", "reference__c": parent, **written})

    counts = typed.run_import()

    assert (counts["accounts"].written, counts["accounts"].rejected) == (2, 0)
    (row,) = typed.rows("SELECT * FROM crm.accounts WHERE name = 'Acme'")
    held = {name: row._mapping[f"of_{name}"] for name in TYPES}
    assert held == {name: value for name, (_, _, _, value) in TYPES.items()} | {"reference": parent}
    described = {field["type"] for field in org.describe("Account")["fields"] if field["name"].endswith("__c")}
    assert described == set(DEFAULTS) - {"id", "base64"}


def test_Planhat_17_a_match_names_a_field_of_text_number_date_or_boolean_and_a_column(world: World) -> None:
    org = world.people()
    matched = (
        line("Name", "name", "text"),
        line("Amount", "size_of_the_deal", "number"),
        line("CloseDate", "closed_on", "date"),
        line("IsPrivate", "is_hushed", "boolean"),
    )
    world.mappings = world.folder / "matches"
    world.mappings.mkdir()
    deals = mapping_of(*matched).replace("sobject: Account", "sobject: Opportunity").replace("accounts", "deals")
    (world.mappings / "deals.yaml").write_text(deals)
    org.create(
        "Opportunity",
        {"Name": "Own", "Amount": 10.25, "CloseDate": "2026-02-28", "IsPrivate": True, "StageName": "Closed Won"},
    )

    world.run_import()

    assert tuple(
        world.one("SELECT name, size_of_the_deal, closed_on, is_hushed FROM crm.deals WHERE name = 'Own'")
    ) == (
        "Own",
        Decimal("10.25"),
        date(2026, 2, 28),
        True,
    )


KIND_OF = dict.fromkeys(("double", "currency", "int"), "number") | {
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}


def test_Planhat_18_every_field_of_an_object_is_matched_and_nothing_of_it_before_the_file_is_sound(
    world: World,
) -> None:
    described = [
        field
        for field in world.people().describe("Account")["fields"]
        if field["type"] not in ("address", "id") and field["name"] not in ("IsDeleted", "SystemModstamp")
    ]
    lines = [
        line(field["name"], f"column_{number}", KIND_OF.get(field["type"], "text"))
        for number, field in enumerate(described)
    ]
    world.mappings = world.folder / "matches"
    world.mappings.mkdir()
    file = world.mappings / "everything.yaml"
    file.write_text(mapping_of(*lines, line("Phone", "phone", "txt")).replace("crm.accounts", "crm.everything"))
    with pytest.raises(MappingFault, match=r"everything\.yaml:\d+: `type: txt` is not one of"):
        world.run_import()
    assert world.one("SELECT to_regclass('crm.everything')") is None
    file.write_text(mapping_of(*lines).replace("crm.accounts", "crm.everything"))

    counts = world.run_import()

    assert len(lines) > 50
    assert (counts["everything"].written, counts["everything"].rejected) == (3, 0)
    (name,) = (number for number, field in enumerate(described) if field["name"] == "Name")
    assert {row[0] for row in world.rows(f"SELECT column_{name} FROM crm.everything")} == {
        'Acme "Best" Ltd',
        "Globex",
        "Initech",
    }


def test_the_parts_of_a_geolocation_come_in_as_numbers_and_the_whole_is_a_finding_that_names_them(
    tmp_path: Path, engine: Engine, database_url: str
) -> None:
    objects = "objects:\n  Account:\n    fields:\n      Site__c: {type: location, scale: 6}\n"
    parts = (line("Site__Latitude__s", "latitude", "number"), line("Site__Longitude__s", "longitude", "number"))
    for world in open_world(tmp_path, engine, database_url, objects, accounts=mapping_of(*parts)):
        where = {"Site__Latitude__s": 51.507351, "Site__Longitude__s": -0.127758}
        world.people().create("Account", {"Name": "Acme", **where})

        world.run_import()

        held = world.one("SELECT latitude, longitude FROM crm.accounts")
        assert tuple(held) == (Decimal("51.507351"), Decimal("-0.127758"))
        (world.mappings / "accounts.yaml").write_text(mapping_of(line("Site__c", "site", "text")))
        with pytest.raises(MappingFault, match=r"map its parts \(Site__Latitude__s, Site__Longitude__s\)"):
            world.run_import()


def test_the_content_of_a_file_is_a_finding(world: World) -> None:
    world.mappings = world.folder / "files"
    world.mappings.mkdir()
    file = world.mappings / "files.yaml"
    text = mapping_of(line("Body", "body", "text"), line("BodyLength", "bytes", "integer"))
    file.write_text(text.replace("sobject: Account", "sobject: Attachment").replace("crm.accounts", "crm.files"))

    with pytest.raises(MappingFault, match=r"files\.yaml:5: Attachment\.Body is base64, the content of a file"):
        world.run_import()


COPIES = """
  Copy__c:
    fields:
      Source__c: {type: text, externalId: true, unique: true}
      Tags__c: {type: multipicklist, values: [Red, Green, Blue]}
      Opens__c: {type: time}
      Cents__c: {type: currency, precision: 18, scale: 2}
      Digits__c: {type: number, precision: 18, scale: 0}
"""
SENT = """
sobject: Copy__c
table: crm.accounts
direction: send
send:
  key: {salesforce: Source__c, column: salesforce_id}
fields:
  - {salesforce: Tags__c, column: of_multipicklist, type: multipicklist, direction: send}
  - {salesforce: Opens__c, column: of_time, type: time, direction: send}
  - {salesforce: Cents__c, column: of_currency, type: number, direction: send}
  - {salesforce: Digits__c, column: digits, type: integer, direction: send}
"""


@pytest.fixture
def copied(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org with an object to which the fields of accounts are sent, and the mappings of both ways."""
    names = ("multipicklist", "time", "currency")
    definitions = {name: TYPES[name][0].replace(r'"a, \"b\""', "Blue") for name in names}
    definitions |= {"digits": "{type: number, precision: 18, scale: 0}"}
    fields = "".join(f"      {name}__c: {definition}\n" for name, definition in definitions.items())
    lines = [line(f"{name}__c", f"of_{name}", TYPES[name][1]) for name in names]
    objects = f"objects:\n  Account:\n    fields:\n{fields}{COPIES}"
    accounts = mapping_of(*lines, line("digits__c", "digits", "integer"))
    yield from open_world(tmp_path, engine, database_url, objects, accounts=accounts, copies=SENT)


def export(world: World, run_id: str) -> outbound.PlanCounts:
    """Run the export of the copies."""
    sf, mapping = world.login(), world.catalog.mapping("copies")
    planned = outbound.plan(world.engine, sf, mapping, run_id=run_id)
    outbound.apply(world.engine, sf, mapping, run_id=run_id)
    return planned


@pytest.mark.parametrize(
    ("field", "value", "copy"),
    [
        pytest.param("multipicklist__c", "Green;Red", "Tags__c", id="several-choices"),
        pytest.param("time__c", "23:59:59.250Z", "Opens__c", id="a-time-of-day"),
        pytest.param("currency__c", 90071992547409.94, "Cents__c", id="X21-cents-beyond-15-digits"),
        pytest.param("digits__c", 900719925474099300, "Digits__c", id="X21-eighteen-digits"),
    ],
)
def test_a_value_that_was_received_and_sent_is_the_same_in_the_org_and_sent_once(
    copied: World, field: str, value: Any, copy: str
) -> None:
    org = copied.people()
    org.create("Account", {"Name": "Acme", field: value})
    copied.run_import()

    first, second = export(copied, "first"), export(copied, "second")

    (original,), (sent,) = org.query(f"SELECT {field} FROM Account"), org.query(f"SELECT {copy} FROM Copy__c")
    assert sent[copy] == original[field]
    assert (first.planned, second.planned) == (1, 0)


@pytest.mark.parametrize(
    ("array", "code"),
    [
        pytest.param('{Red,NULL," Blue"}', None, id="without-a-choice-for-null"),
        pytest.param("{}", None, id="empty"),
        pytest.param('{"Red;Blue"}', "UNREADABLE_VALUE", id="a-choice-that-would-be-two"),
        pytest.param("{{Red},{Blue}}", "UNREADABLE_VALUE", id="lists-in-a-list"),
        pytest.param('{Red,"%s"}' % ("x" * 5000), "STRING_TOO_LONG", id="too-long"),
    ],
)
def test_an_array_that_people_write_is_sent_as_choices_or_rejected_before_it_is_sent(
    copied: World, array: str, code: str | None
) -> None:
    copied.people().create("Account", {"Name": "Acme"})
    copied.run_import()
    with copied.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE crm.accounts SET of_multipicklist = %s::text[]", (array,))

    export(copied, "only")

    assert copied.one("SELECT code FROM sync.plan") == code
    if code is None:
        (sent,) = copied.people().query("SELECT Tags__c FROM Copy__c")
        assert sent["Tags__c"] == ("Red;Blue" if array != "{}" else None)
