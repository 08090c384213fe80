from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from http_api import Api

from localorg.server import RunningOrg

CLIENT = {"client_id": "closedwon", "client_secret": "local-only"}


def ask(org: RunningOrg, form: dict[str, str], **options: Any) -> requests.Response:
    return requests.post(f"{org.base_url}/services/oauth2/token", data=form, timeout=20, **options)


def assertion(
    org: RunningOrg, *, lasts_s: float = 180, key: rsa.RSAPrivateKey | None = None, **other: Any
) -> dict[str, str]:
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    claims = {
        "iss": "closedwon",
        "sub": "admin@localorg.example",
        "aud": "https://login.salesforce.com",
        "exp": org.control.now().timestamp() + lasts_s,
    }
    encoded = jwt.encode({**claims, **other}, pem, algorithm="RS256")
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": encoded}


def test_client_credentials_in_the_body_give_a_token_that_opens_the_api(org: RunningOrg) -> None:
    answer = ask(org, {"grant_type": "client_credentials", **CLIENT})

    told = answer.json()
    assert answer.status_code == 200
    assert told["access_token"].startswith(org.org.organization_id[:15] + "!")
    assert told["instance_url"] == org.base_url
    assert told["token_type"] == "Bearer"
    assert told["id"].endswith(f"/id/{org.org.organization_id}/{org.org.admin_user_id}")
    assert told["issued_at"].isdigit()
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    assert requests.get(f"{org.base_url}/services/data/v59.0/limits", headers=headers, timeout=20).status_code == 200


def test_client_credentials_may_come_by_basic_authentication(org: RunningOrg) -> None:
    pair = base64.b64encode(b"closedwon:local-only").decode()
    answer = ask(org, {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {pair}"})
    assert "access_token" in answer.json()


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "closedwon", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "wrong", "client_secret": "x"}, "invalid_client_id"),
        ({"grant_type": "password", **CLIENT, "username": "nobody", "password": "local-only"}, "invalid_grant"),
        ({"grant_type": "refresh_token", **CLIENT, "refresh_token": "wrong"}, "invalid_grant"),
        ({"grant_type": "device", **CLIENT}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x.y.z"}, "invalid_grant"),
    ],
)
def test_a_grant_that_is_wrong_is_refused_in_the_shape_of_oauth(
    org: RunningOrg, form: dict[str, str], error: str
) -> None:
    answer = ask(org, form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "password", "username": "admin@localorg.example", "password": "local-onlySECURITYTOKEN"},
        {"grant_type": "refresh_token", "refresh_token": "local-refresh-token"},
    ],
)
def test_password_and_refresh_token_give_a_token(org: RunningOrg, form: dict[str, str]) -> None:
    assert "access_token" in ask(org, {**form, **CLIENT}).json()


def test_a_signed_assertion_gives_a_token(org: RunningOrg) -> None:
    assert "access_token" in ask(org, assertion(org)).json()


def test_an_org_that_knows_a_public_key_takes_no_other(org: RunningOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, another = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    public = ours.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    known = replace(org.instance.credentials, public_key=public.decode())
    monkeypatch.setattr(org.instance, "credentials", known)
    statuses = [ask(org, assertion(org, key=key)).status_code for key in (ours, another)]
    assert statuses == [200, 400]


@pytest.mark.parametrize("lasts_s", [0, -5, -150])
def test_an_assertion_that_ends_now_or_a_few_minutes_ago_gives_a_token(org: RunningOrg, lasts_s: int) -> None:
    assert "access_token" in ask(org, assertion(org, lasts_s=lasts_s)).json()


@pytest.mark.parametrize("change", [{"lasts_s": -200}, {"lasts_s": 3600}, {"sub": "nobody@example.com"}, {"aud": ""}])
def test_an_assertion_that_is_late_early_or_for_another_user_is_refused(
    org: RunningOrg, change: dict[str, Any]
) -> None:
    answer = ask(org, assertion(org, **change))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer 00Dxx!nonsense"}, {"Authorization": "Basic eDp5"}])
def test_data_are_refused_without_a_valid_token(org: RunningOrg, header: dict[str, str]) -> None:
    answer = requests.get(f"{org.base_url}/services/data/v59.0/sobjects", headers=header, timeout=20)
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_a_token_expires_by_the_clock_of_the_org(org: RunningOrg, api: Api) -> None:
    before = api("GET", "/limits").status_code
    org.control.shift_clock(3 * 3600)
    assert (before, api("GET", "/limits").status_code) == (200, 401)


def test_the_identity_that_the_resources_name_tells_who_is_signed_in(org: RunningOrg, api: Api) -> None:
    address = api("GET", "").json()["identity"]
    identity = requests.get(address, headers=api.http.headers, timeout=20).json()
    userinfo = api("GET", "/services/oauth2/userinfo").json()
    assert identity["username"] == userinfo["preferred_username"] == "admin@localorg.example"
    assert identity["user_id"] == userinfo["user_id"] == org.org.admin_user_id
    assert identity["organization_id"] == org.org.organization_id


def refresh(org: RunningOrg, token: str, **client: str) -> requests.Response:
    return ask(org, {"grant_type": "refresh_token", "refresh_token": token, **(client or CLIENT)})


def test_a_refresh_token_is_good_for_any_number_of_uses_and_needs_no_secret(org: RunningOrg) -> None:
    answers = [refresh(org, "local-refresh-token"), refresh(org, "local-refresh-token", client_id="closedwon")]
    wrong = refresh(org, "local-refresh-token", client_id="closedwon", client_secret="guessed")

    assert ["refresh_token" in answer.json() for answer in answers] == [False, False]
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_client")


def test_a_rotated_refresh_token_is_good_for_one_use_which_brings_the_next(org: RunningOrg) -> None:
    org.control.rotate_refresh_tokens()
    first = refresh(org, "local-refresh-token").json()
    again = refresh(org, "local-refresh-token")
    second = refresh(org, first["refresh_token"]).json()
    org.control.rotate_refresh_tokens(False)

    assert (again.status_code, again.json()) == (
        400,
        {"error": "invalid_grant", "error_description": "expired access/refresh token"},
    )
    assert second["refresh_token"] not in (first["refresh_token"], "local-refresh-token")
    assert refresh(org, second["refresh_token"]).status_code == 400
    assert refresh(org, "local-refresh-token").status_code == 200


def tell(org: RunningOrg, token: str, **client: str) -> requests.Response:
    form = {"token": token, **(client or CLIENT)}
    return requests.post(f"{org.base_url}/services/oauth2/introspect", data=form, timeout=20)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_revoked_token_opens_nothing_more(org: RunningOrg, method: str) -> None:
    token = org.access_token()
    address, header = f"{org.base_url}/services/oauth2/revoke", {"Authorization": f"Bearer {token}"}
    form = {"data" if method == "POST" else "params": {"token": token}}
    before = tell(org, token).json()
    revoked, again = (requests.request(method, address, timeout=20, **form) for _ in range(2))
    refused = requests.get(f"{org.base_url}/services/data/v59.0/limits", headers=header, timeout=20)

    assert (before["active"], before["username"], before["client_id"]) == (True, "admin@localorg.example", "closedwon")
    assert before["exp"] - before["iat"] == 7_200
    assert (revoked.status_code, revoked.content, refused.status_code) == (200, b"", 401)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")
    assert tell(org, token).json() == {"active": False}


def test_only_the_app_may_ask_about_tokens(org: RunningOrg) -> None:
    stranger = tell(org, org.access_token(), client_id="closedwon", client_secret="guessed")
    assert (stranger.status_code, stranger.json()["error"]) == (401, "invalid_client")
    assert tell(org, "local-refresh-token").json()["token_type"] == "refresh_token"


@pytest.mark.parametrize(
    ("path", "token", "status", "word"),
    [
        ("/services/oauth2/userinfo", "", 403, "Missing_OAuth_Token"),
        ("/services/oauth2/userinfo", "nobody", 403, "Bad_OAuth_Token"),
        ("/id/00DLo0000000001/005Lo0000000001", "nobody", 403, "Bad_OAuth_Token"),
        ("/id/00D000000000000/005Lo0000000001", "valid", 403, "Wrong_Org"),
        ("/id/00DLo0000000001/005000000000000", "valid", 404, "Bad_Id"),
    ],
)
def test_the_identity_service_refuses_in_one_word(
    org: RunningOrg, path: str, token: str, status: int, word: str
) -> None:
    given = org.access_token() if token == "valid" else token
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    answer = requests.get(org.base_url + path, headers=headers, timeout=20)
    assert (answer.status_code, answer.text) == (status, word)


@pytest.mark.parametrize(
    ("exp", "is_good"), [("{}", True), ("soon", False), ("inf", False), ("9" * 400, False), (None, False)]
)
def test_the_time_of_an_assertion_may_be_text(org: RunningOrg, exp: str | None, is_good: bool) -> None:
    late = str(int(org.control.now().timestamp()) + 120)
    answer = ask(org, assertion(org, exp=exp and exp.format(late)))
    assert ("access_token" in answer.json()) == is_good


def test_a_time_beyond_all_numbers_is_refused(org: RunningOrg) -> None:
    answer = ask(org, assertion(org, exp=10**400))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_an_assertion_of_the_salesforce_cli_which_tells_its_time_in_milliseconds_is_accepted(org: RunningOrg) -> None:
    in_milliseconds = int(org.control.now().timestamp() * 1000) + 300
    assert "access_token" in ask(org, assertion(org, exp=in_milliseconds)).json()
