from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
import requests
from http_api import Api

from localorg.server import RunningOrg, running_org

ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:n="urn:partner.soap.sforce.com"><e:Header><n:SessionHeader><n:sessionId>{session}</n:sessionId>'
    "</n:SessionHeader></e:Header><e:Body>{body}</e:Body></e:Envelope>"
)
NAMES = {"p": "urn:partner.soap.sforce.com", "f": "urn:fault.partner.soap.sforce.com"}


def post(org: RunningOrg, envelope: str | bytes, path: str = "u/59.0") -> requests.Response:
    url = f"{org.base_url}/services/Soap/{path}"
    return requests.post(url, data=envelope, headers={"Content-Type": "text/xml", "SOAPAction": '""'}, timeout=20)


def call(org: RunningOrg, body: str, session: str = "", path: str = "u/59.0") -> requests.Response:
    return post(org, ENVELOPE.format(session=escape(session), body=body), path)


def log_in(org: RunningOrg, password: str = "local-only", path: str = "u/59.0") -> requests.Response:
    who = f"<n:username>admin@localorg.example</n:username><n:password>{password}</n:password>"
    return call(org, f"<n:login>{who}</n:login>", path=path)


def text(answer: requests.Response, name: str) -> str:
    found = ElementTree.fromstring(answer.content).find(f".//p:{name}", NAMES)
    assert found is not None, answer.text
    return found.text or ""


def fault(answer: requests.Response) -> tuple[int, str, str]:
    root = ElementTree.fromstring(answer.content)
    return answer.status_code, root.findtext(".//faultcode", ""), root.findtext(".//faultstring", "")


@pytest.mark.parametrize("password", ["local-only", "local-onlySECURITYTOKEN"])
def test_login_gives_a_session_that_opens_the_api(org: RunningOrg, password: str) -> None:
    answer = log_in(org, password)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/xml;charset=UTF-8"
    organization = org.org.organization_id
    assert text(answer, "serverUrl") == f"{org.base_url}/services/Soap/u/59.0/{organization[:15]}"
    assert text(answer, "metadataServerUrl") == f"{org.base_url}/services/Soap/m/59.0/{organization[:15]}"
    assert (text(answer, "passwordExpired"), text(answer, "sandbox")) == ("false", "false")
    assert (text(answer, "organizationId"), text(answer, "userId")) == (organization, org.org.admin_user_id)
    headers = {"Authorization": f"Bearer {text(answer, 'sessionId')}"}
    assert requests.get(f"{org.base_url}/services/data/v59.0/limits", headers=headers, timeout=20).status_code == 200


def test_the_enterprise_address_answers_in_its_own_namespace(org: RunningOrg) -> None:
    answer = log_in(org, path="c/59.0/00DLo0000000001")

    assert 'xmlns="urn:enterprise.soap.sforce.com"' in answer.text
    assert f"{org.base_url}/services/Soap/c/59.0/" in answer.text


def test_a_wrong_password_is_a_login_fault(org: RunningOrg) -> None:
    answer = log_in(org, "guessed")

    message = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
    assert fault(answer) == (500, "INVALID_LOGIN", message)
    detail = ElementTree.fromstring(answer.content).find(".//f:LoginFault/f:exceptionCode", NAMES)
    assert detail is not None and detail.text == "INVALID_LOGIN"


@pytest.mark.parametrize(
    ("path", "code"), [("u/65.0", "sf:INVALID_OPERATION"), ("u/9.0", "sf:UNSUPPORTED_API_VERSION")]
)
def test_versions_without_login_refuse_it(org: RunningOrg, path: str, code: str) -> None:
    assert fault(log_in(org, path=path))[:2] == (500, code)


def test_a_session_that_logs_out_is_over(org: RunningOrg) -> None:
    session = text(log_in(org), "sessionId")
    before = call(org, "<n:getUserInfo/>", session)
    call(org, "<n:logout/>", session)
    after = call(org, "<n:getUserInfo/>", session)

    assert text(before, "userName") == "admin@localorg.example"
    assert fault(after)[:2] == (500, "sf:INVALID_SESSION_ID")


def test_the_user_info_names_one_currency_where_the_org_has_several(org: RunningOrg, tmp_path: Path) -> None:
    objects = tmp_path / "objects.yaml"
    objects.write_text("org: {multiCurrency: {corporate: EUR, rates: {CHF: 0.95}}}", encoding="utf-8")
    with running_org(tmp_path / "state", objects=objects) as several:
        answers = [call(each, "<n:getUserInfo/>", each.access_token()) for each in (org, several)]

    names = ("organizationMultiCurrency", "currencySymbol", "orgDefaultCurrencyIsoCode", "userDefaultCurrencyIsoCode")
    told = [[text(answer, name) for name in names] for answer in answers]
    assert told == [["false", "$", "USD", ""], ["true", "", "", "EUR"]]


def test_the_time_is_that_of_the_org(org: RunningOrg, api: Api) -> None:
    org.control.shift_clock(3 * 86_400)

    answer = call(org, "<n:getServerTimestamp/>", org.access_token())

    assert text(answer, "timestamp")[:10] == org.control.now().date().isoformat()


def test_a_merge_keeps_the_master_with_its_new_fields_and_moves_what_belonged_to_the_others(
    org: RunningOrg, api: Api
) -> None:
    master, loser = (api.create("Account", Name=name, Phone="1") for name in ("Merge master", "Merge loser"))
    contact = api.create("Contact", LastName="Merge child", AccountId=loser)
    body = (
        f"<n:merge><n:request><n:masterRecord><type>Account</type><Id>{master}</Id><Fax>9</Fax>"
        f"<fieldsToNull>Phone</fieldsToNull></n:masterRecord><n:recordToMergeIds>{loser}</n:recordToMergeIds></n:request>"
        f"<n:request><n:masterRecord><type>Account</type><Id>{master}</Id></n:masterRecord>"
        f"<n:recordToMergeIds>{master}</n:recordToMergeIds></n:request></n:merge>"
    )

    results = ElementTree.fromstring(call(org, body, org.access_token()).content).findall(".//p:result", NAMES)

    assert [found.findtext("p:success", "", NAMES) for found in results] == ["true", "false"]
    assert results[0].findtext("p:mergedRecordIds", "", NAMES) == loser
    assert results[0].findtext("p:updatedRelatedIds", "", NAMES) == contact
    assert results[1].findtext("p:errors/p:statusCode", "", NAMES)
    kept = api("GET", f"/sobjects/Account/{master}").json()
    assert (kept["Phone"], kept["Fax"]) == (None, "9")
    assert api("GET", f"/sobjects/Contact/{contact}").json()["AccountId"] == master
    assert api("GET", f"/sobjects/Account/{loser}").status_code == 404


def test_deleted_records_come_back_or_leave_the_recycle_bin_for_good(org: RunningOrg, api: Api) -> None:
    back, gone = (api.create("Account", Name=name) for name in ("Comes back", "Leaves for good"))
    for record_id in (back, gone):
        api("DELETE", f"/sobjects/Account/{record_id}")

    undeleted = call(org, f"<n:undelete><n:ids>{back}</n:ids></n:undelete>", org.access_token())
    emptied = call(org, f"<n:emptyRecycleBin><n:ids>{gone}</n:ids></n:emptyRecycleBin>", org.access_token())
    again = call(org, f"<n:undelete><n:ids>{gone}</n:ids></n:undelete>", org.access_token())

    assert [text(answer, "success") for answer in (undeleted, emptied, again)] == ["true", "true", "false"]
    assert [text(answer, "id") for answer in (undeleted, emptied)] == [back, gone]
    assert text(undeleted, "type") == "API REQUESTS"
    assert api("GET", f"/sobjects/Account/{back}").status_code == 200


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"not XML",
        b"<a/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b'<!DOCTYPE x SYSTEM "file:///etc/hostname"><x/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
        ENVELOPE.format(session="", body="").encode(),
        ENVELOPE.format(session="", body="<n:makeCoffee/>").encode(),
    ],
)
def test_what_is_no_envelope_of_ours_is_a_fault_of_the_client(org: RunningOrg, envelope: bytes) -> None:
    assert fault(post(org, envelope))[:2] == (500, "soapenv:Client")
