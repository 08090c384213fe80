"""One local org for the whole folder, and the clients that come to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from http_api import Api
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from localorg.server import RunningOrg, running_org

OBJECTS = """
objects:
  Account:
    fields:
      Customer_Key__c: {type: text, length: 20, externalId: true, unique: true}
      Legacy_Key__c: {type: text, length: 20, externalId: true}
  Site_Visit__c:
    label: Site Visit
    fields:
      Visit_Key__c: {type: text, length: 20, externalId: true, unique: true}
      Account__c: {type: reference, to: Account}
      Visited_On__c: {type: date}
      Hours__c: {type: number, precision: 6, scale: 2}
      Done__c: {type: checkbox}
      Notes__c: {type: longtext}
"""


@pytest.fixture(scope="session")
def shared_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    folder = tmp_path_factory.mktemp("localorg")
    objects = folder / "objects.yaml"
    objects.write_text(OBJECTS, encoding="utf-8")
    with running_org(folder / "state", objects=objects) as org:
        yield org


@pytest.fixture
def org(shared_org: RunningOrg) -> Iterator[RunningOrg]:
    """The shared org, without faults, at the machine's time and with counts at zero."""
    shared_org.control.reset_calls()
    yield shared_org
    shared_org.control.clear_faults()
    shared_org.control.shift_clock(0)


@pytest.fixture
def api(org: RunningOrg) -> Api:
    return Api(org)


class PlainHttp(HTTPAdapter):
    """Takes calls of simple-salesforce, which knows only HTTPS, to an org on plain HTTP."""

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *arguments, **options)


@pytest.fixture
def sf(org: RunningOrg) -> Salesforce:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", PlainHttp())
    return Salesforce(instance_url=org.base_url, session_id=org.access_token(), session=session)
