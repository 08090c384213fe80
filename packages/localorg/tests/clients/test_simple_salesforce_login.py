from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce import Salesforce, SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from localorg.server import RunningOrg

USER = {"username": "admin@localorg.example"}
APP = {"consumer_key": "closedwon", "consumer_secret": "local-only"}


@pytest.fixture(scope="module")
def private_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path_factory.mktemp("key") / "server.key"
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(*pem))
    return file


@pytest.mark.parametrize(
    "how",
    [
        {**USER, "password": "local-only", "security_token": "TOKEN"},
        {**USER, "password": "local-only", "organizationId": "00DLo0000000001"},
        {**USER, "password": "local-only", "security_token": "", "domain": "test", "version": "64.0"},
        {**USER, "password": "local-only", **APP},
        {**APP, "domain": "acme.my"},
    ],
    ids=["password and security token", "organization id", "sandbox", "password of an app", "client credentials"],
)
def test_a_sign_in_opens_a_session_that_reads_and_writes(
    org: RunningOrg, session: requests.Session, how: dict[str, str]
) -> None:
    sf = Salesforce(session=session, **how)

    made = sf.Account.create({"Name": f"Signed in {len(how)}"})

    assert sf.sf_instance == org.base_url.removeprefix("https://")
    assert sf.Account.get(made["id"])["Name"] == f"Signed in {len(how)}"


def test_a_signed_assertion_opens_a_session(org: RunningOrg, session: requests.Session, private_key: Path) -> None:
    sf = Salesforce(session=session, consumer_key="closedwon", privatekey_file=str(private_key), **USER)

    assert sf.query("SELECT Id FROM User WHERE Username = 'admin@localorg.example'")["totalSize"] == 1
    assert sf.session_id.startswith(org.org.organization_id[:15])


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        (
            {**USER, "password": "wrong", "security_token": ""},
            "INVALID_LOGIN",
            "Invalid username, password, security token; or user locked out.",
        ),
        ({**USER, "password": "wrong", **APP}, "invalid_grant", "authentication failure"),
        ({**APP, "consumer_secret": "x", "domain": "acme.my"}, "invalid_client", "invalid client credentials"),
        (
            {**USER, "password": "local-only", "security_token": "", "sf_version": "65.0"},
            "INVALID_OPERATION",
            "The SOAP Login operation is not available in the API version specified (65.0). "
            "Refer to the documentation for supported versions.",
        ),
        (
            {**USER, "password": "local-only", "security_token": "", "sf_version": "99.0"},
            "UNSUPPORTED_API_VERSION",
            "Invalid Api version specified on URL",
        ),
    ],
)
def test_a_sign_in_that_is_refused_says_why(
    session: requests.Session, how: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        SalesforceLogin(session=session, **how)

    assert (refused.value.code, refused.value.auth_message) == (code, message)


def test_a_session_that_has_expired_is_renewed_without_a_word(org: RunningOrg, session: requests.Session) -> None:
    sf = Salesforce(session=session, **APP, domain="acme.my")
    first = sf.session_id
    org.control.shift_clock(3 * 3600)

    found = sf.query("SELECT Id FROM User WHERE Username = 'admin@localorg.example'")

    assert found["totalSize"] == 1
    assert sf.session_id != first
