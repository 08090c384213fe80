"""One local org on TLS for the whole folder, and the sessions by which clients that know nothing of it come to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
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
      Account__c: {type: reference, to: Account, children: Site_Visits}
      Visited_On__c: {type: date}
      Visited_At__c: {type: datetime}
      Hours__c: {type: number, precision: 6, scale: 2}
      Done__c: {type: checkbox}
      Notes__c: {type: longtext}
"""


@pytest.fixture(scope="session")
def tls_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    folder = tmp_path_factory.mktemp("localorg")
    objects = folder / "objects.yaml"
    objects.write_text(OBJECTS, encoding="utf-8")
    with running_org(folder / "state", objects=objects, tls=True) as org:
        yield org


@pytest.fixture
def org(tls_org: RunningOrg) -> Iterator[RunningOrg]:
    """The shared org, without faults and at the machine's time."""
    yield tls_org
    tls_org.control.clear_faults()
    tls_org.control.shift_clock(0)


class EverySalesforceHost(HTTPAdapter):
    """Takes calls to login.salesforce.com and all its like to the local org, as a network in a laboratory would."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: requests.PreparedRequest, *arguments: object, **options: object) -> requests.Response:
        request.url = self._base_url + request.path_url
        return super().send(request, *arguments, **options)  # type: ignore[arg-type]


@pytest.fixture
def session(org: RunningOrg) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(org.ca_file)
    for host in ("login", "test", "acme.my"):
        session.mount(f"https://{host}.salesforce.com", EverySalesforceHost(org.base_url))
    return session


@pytest.fixture
def sf(org: RunningOrg, session: requests.Session) -> Salesforce:
    return Salesforce(instance_url=org.base_url, session_id=org.access_token(), session=session)
