"""The local org over HTTP, and the clients that talk to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simple_salesforce import Salesforce

from closedwon.salesforce.session import open_session, org_errors
from localorg.server import RunningOrg, running_org
from tests.salesforce.clients import Connect, quick

OBJECTS = """
objects:
  Delivery_Project__c:
    label: Delivery Project
    fields:
      Project_ID__c: {type: text, length: 40, externalId: true, unique: true}
      Legacy_ID__c: {type: text, length: 40, externalId: true}
      Account__c: {type: reference, to: Account}
      Hours__c: {type: number, precision: 18, scale: 2}
      Done__c: {type: checkbox}
      Notes__c: {type: longtext}
"""


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    file = tmp_path / "objects.yaml"
    file.write_text(OBJECTS, encoding="utf-8")
    return file


@pytest.fixture
def org(tmp_path: Path, objects: Path) -> Iterator[RunningOrg]:
    with running_org(tmp_path / "org", objects=objects) as running:
        yield running


@pytest.fixture
def connect() -> Connect:
    def log_in(org: RunningOrg, *, ca_file: str | None = None, **credentials: Any) -> Salesforce:
        session = quick(open_session(login_host=org.base_url, ca_file=ca_file))
        given = {"consumer_key": "closedwon", "consumer_secret": "local-only", "domain": "localorg", **credentials}
        with org_errors("log in"):
            return Salesforce(session=session, version="62.0", **given)

    return log_in


@pytest.fixture
def sf(org: RunningOrg, connect: Connect) -> Salesforce:
    return connect(org)
