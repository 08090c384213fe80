"""Pages, and the mapping that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pages import ACCOUNTS, RECORD, write_page

from closedwon.mapping.model import Mapping
from closedwon.transform.pages import read_page


@pytest.fixture
def page_of() -> Callable[..., Any]:
    """Makes a page of records that are like RECORD but for what is given, each with an id of its own."""

    def make(*changes: dict[str, str]) -> Any:
        records = [{**RECORD, "Id": f"0015g00000{number:05}AAA", **change} for number, change in enumerate(changes)]
        return read_page(write_page(records))

    return make


@pytest.fixture
def accounts() -> Mapping:
    return ACCOUNTS
