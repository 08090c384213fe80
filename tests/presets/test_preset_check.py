"""The presets' files, and what is said on an org that lacks what they ask for: before a record moves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from simple_salesforce import Salesforce

from closedwon.errors import ClosedwonError
from closedwon.mapping.check import check_mapping
from closedwon.mapping.model import Mapping
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.salesforce.describe import read_describe
from closedwon.salesforce.session import open_session
from localorg.server import running_org
from tests.presets.conftest import PRESETS
from tests.world import KEY, SECRET

NAMES = sorted(path.name for path in PRESETS.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_sound_and_its_readme_says_what_it_maps_and_what_to_change_first(name: str) -> None:
    readme = (PRESETS / name / "README.md").read_text()

    assert require_sound(read_catalog(PRESETS / name)).mappings
    assert "**Change first:**" in readme
    assert f"make demo MAPPINGS=include/mappings/presets/{name}" in readme
    assert len(readme.splitlines()) <= 20


@pytest.fixture(scope="module")
def plain_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Salesforce]:
    """An org with standard objects and fields alone."""
    with running_org(tmp_path_factory.mktemp("org")) as org:
        session = open_session(login_host=org.base_url)
        yield Salesforce(session=session, domain="localorg", consumer_key=KEY, consumer_secret=SECRET)


@pytest.mark.parametrize("name", NAMES)
def test_an_org_without_what_a_preset_asks_for_is_told_each_missing_field_with_file_and_line(
    plain_org: Salesforce, name: str
) -> None:
    catalog = require_sound(read_catalog(PRESETS / name))

    said = "\n".join(line for mapping in catalog.mappings for line in find_findings(plain_org, mapping))

    for mapping in catalog.mappings:
        for field in mapping.fields:
            if field.salesforce.endswith("__c") and not mapping.sobject.endswith("__c"):
                assert re.search(
                    rf"{mapping.file}:{field.line}: {mapping.sobject} has no field '{field.salesforce}'", said
                )
        if mapping.sobject.endswith("__c"):
            assert mapping.sobject in said
    assert said


def find_findings(org: Salesforce, mapping: Mapping) -> list[str]:
    try:
        return check_mapping(mapping, read_describe(org, mapping.sobject))
    except ClosedwonError as error:
        return [str(error)]
