"""The page at /, for a person in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from http_api import Api

from localorg.server import RunningOrg, running_org


@pytest.fixture(scope="module")
def shared_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    """An org of its own: in the shared one other tests leave records that changed after now."""
    with running_org(tmp_path_factory.mktemp("org of the page")) as org:
        yield org


def page(org: RunningOrg) -> str:
    answer = requests.get(f"{org.base_url}/", timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    return answer.text


def test_the_page_shows_what_is_in_the_org_and_what_changed_last(org: RunningOrg, api: Api) -> None:
    record_id = api.create("Contact", LastName="Newest of all")
    shown = page(org)
    number = org.control.counts()["Contact"]
    assert f'<td>Contact</td><td class="number">{number:,}</td>' in shown
    assert f'<td>Contact</td><td class="long">Newest of all</td><td>{record_id}</td>' in shown


def test_the_page_shows_a_record_by_its_name_and_never_as_html(org: RunningOrg, api: Api) -> None:
    api.create("Account", Name="<script>alert('page')</script> & Sons")
    shown = page(org)
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(&#x27;page&#x27;)&lt;/script&gt; &amp; Sons" in shown


def test_the_page_shows_what_was_called_with_status_and_fault(org: RunningOrg, api: Api) -> None:
    org.control.order("status", "/sobjects/Nothing", status=502, count=1)
    api("GET", "/sobjects/Nothing<b>/describe")
    api("GET", "/limits/recordCount")
    shown = page(org)
    assert '<td class="long">/services/data/v59.0/sobjects/Nothing&lt;b&gt;/describe</td>' in shown
    assert '<td class="number">502</td>' in shown
    assert '<td>GET</td><td class="long">/services/data/vXX.0/limits/recordCount</td><td class="number">1</td>' in shown


def test_the_page_shows_the_faults_and_how_often_they_fired(org: RunningOrg, api: Api) -> None:
    assert "None: everything works." in page(org)
    org.control.order("status", "/limits$", count=2)
    org.control.order("hang", "/never<", count=None)
    api("GET", "/limits")
    shown = page(org)
    assert '<td>status</td><td>any</td><td class="long">/limits$</td><td>once</td><td class="number">1</td>' in shown
    assert '<td class="long">/never&lt;</td><td>always</td><td class="number">0</td>' in shown


def test_the_page_shows_the_clock_and_the_quota_and_costs_none_of_it(org: RunningOrg) -> None:
    before = org.instance.usage.used
    shown = page(org)
    assert f"{before:,} of {org.instance.usage.maximum:,}" in shown
    assert str(org.control.now().year) in shown
    assert org.instance.usage.used == before
    assert org.control.calls()["total"] == 0


def test_the_page_works_even_where_every_call_has_a_fault(org: RunningOrg) -> None:
    org.control.order("status", "", count=None)
    assert "Local org" in page(org)
