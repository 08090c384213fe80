"""All mappings are compared with the org's describe in the first task, objects without a change included."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from requests import Response
from sqlalchemy import text

from closedwon.errors import MappingFault
from closedwon.warehouse.transaction import transaction
from tests.world import MAPPINGS, World

TEN_MINUTES_S = 600


@pytest.fixture
def quiet(world: World) -> World:
    """All records are in the warehouse, all mappings are known to fit, and the last probe found no change."""
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    world.run_import()
    world.org.control.advance_clock(TEN_MINUTES_S + 60)
    assert world.run_import() == {}
    return world


def describes_sent(world: World) -> list[int]:
    """Runs the probe; returns the HTTP status of each describe in its one call."""
    sf, answers = world.login(), []

    def keep(answer: Response, *_: Any, **__: Any) -> None:
        answers.extend(answer.json()["compositeResponse"])

    sf.session.hooks["response"].append(keep)
    assert world.run_probe(sf=sf) == {}
    assert sf.session.calls == 1
    return [answer["httpStatusCode"] for answer in answers if answer["referenceId"].startswith("describe")]


def test_a_slip_in_the_mapping_of_a_quiet_object_fails_its_extract_and_no_other_until_it_is_corrected(
    quiet: World,
) -> None:
    file = quiet.mappings / "contacts.yaml"
    sound = file.read_text()
    slip = re.sub("(Phone, +column: phone, +type:) text", r"\1 picklist", sound)
    assert slip != sound
    file.write_text(slip)

    for _ in range(2):
        assert set(quiet.run_probe()) == {"contacts"}
    with pytest.raises(MappingFault, match=r"contacts\.yaml:11: Contact\.Phone is phone in the org, but picklist in"):
        quiet.run_import()

    file.write_text(sound)
    assert describes_sent(quiet) == [304, 304, 304, 304]


def test_a_field_that_the_org_lacks_is_found_in_the_mapping_of_an_object_that_has_no_record(quiet: World) -> None:
    (quiet.mappings / "leads.yaml").write_text(
        "sobject: Lead\ntable: crm.leads\ndirection: receive\nfields:\n"
        "  - {salesforce: Compani, column: company, type: text, direction: receive}\n"
    )

    with pytest.raises(MappingFault, match=r"leads\.yaml:5: Lead has no field 'Compani' \(did you mean 'Company'\?\)"):
        quiet.run_import()


def test_a_field_that_the_org_hides_afterwards_fails_the_extract_of_a_quiet_object(quiet: World) -> None:
    quiet.org.control.set_access("Account.Phone", "hidden")
    with pytest.raises(MappingFault, match=r"accounts\.yaml:\d+: Account has no field 'Phone'.*field-level security"):
        quiet.run_import()

    quiet.org.control.set_access("Account.Phone", None)
    assert quiet.run_import() == {}


def test_a_quiet_import_sends_no_describe_that_it_has_compared(quiet: World) -> None:
    assert describes_sent(quiet) == [304, 304, 304, 304]


def test_a_describe_that_changed_within_the_last_ten_minutes_is_sent_again(world: World) -> None:
    world.run_import()
    assert describes_sent(world) == [200, 200, 200, 200]


def test_a_describe_is_sent_once_a_day_although_the_org_says_that_nothing_changed(quiet: World) -> None:
    with transaction(quiet.engine) as connection:
        connection.execute(text("UPDATE sync.checked_mapping SET described_at = '2100-01-01'"))
    quiet.org.control.set_access("Account.Phone", "hidden")
    assert describes_sent(quiet) == [304, 304, 304, 304]

    with transaction(quiet.engine) as connection:
        connection.execute(text("UPDATE sync.checked_mapping SET checked_at = now() - interval '25 hours'"))
    assert set(quiet.run_probe()) == {"accounts"}
