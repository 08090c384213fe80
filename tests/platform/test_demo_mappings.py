"""The demo runs with any folder of mapping files, each with a state of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.__main__ import _state_for
from demo.mapping_folder import find_sources, has_sent
from demo.people import find_people

MAPPINGS = Path(__file__).resolve().parents[2] / "include" / "mappings"


def test_what_the_demo_does_follows_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "contacts.yaml").write_text("sobject: Contact\ndirection: receive\n")

    assert (find_sources(MAPPINGS), has_sent(MAPPINGS)) == ({"opportunities"}, True)
    assert (find_sources(tmp_path), has_sent(tmp_path)) == (set(), False)


DATA, MAPS = Path("/a/data"), Path("/a/maps")


@pytest.mark.parametrize("other", [(DATA, None), (None, MAPS), (DATA, MAPS)])
def test_other_data_or_mappings_have_a_state_of_their_own(other: tuple[Path | None, Path | None]) -> None:
    states = {_state_for(None, None), _state_for(Path("/b/data"), None), _state_for(*other)}

    assert len(states) == 3
    assert _state_for(*other) == _state_for(*other)


def test_the_demo_enters_the_people_whom_a_mapping_names_as_default() -> None:
    assert find_people(MAPPINGS) == []
    assert find_people(MAPPINGS / "presets" / "autotask") == ["account.manager@example.com"]
