"""Tokens: the OAuth flows that need no browser, userinfo and the identity resource.

A local org guards nothing: whoever knows the consumer key and secret, which are no secrets, may do everything. It is
strict so that a client's sign-in code is really tested. Error texts are per documentation; no recording exists.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from localorg.errors import OrgError
from localorg.state.instance import Instance
from localorg.state.tokens import REFRESH_TOKEN, Credentials
from localorg.wire import Answer, Call, Routes

ROUTES = Routes()
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LATEST_JWT_EXPIRY_S = 5 * 60 + 1
"""With a second of grace, as clients round."""


class GrantRefused(Exception):
    """The token endpoint says no; its errors have OAuth's shape, not the REST API's."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


@ROUTES.add("POST", "/services/oauth2/token", is_open=True)
def issue_token(instance: Instance, call: Call) -> Answer:
    """An access token, by the flow that `grant_type` names."""
    form = dict(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True))
    grant = form.get("grant_type", "")
    try:
        if grant not in GRANTS:
            raise GrantRefused("unsupported_grant_type", "grant type not supported")
        GRANTS[grant](instance, call, form)
    except GrantRefused as refused:
        return Answer(400, refused.body)
    return Answer(body=_token_answer(instance, call))


def _client_credentials(instance: Instance, call: Call, form: Mapping[str, str]) -> None:
    _check_client(instance.credentials, call, form)


def _password(instance: Instance, call: Call, form: Mapping[str, str]) -> None:
    """The password is the consumer secret; a security token may follow it."""
    _check_client(instance.credentials, call, form)
    known = instance.credentials
    if form.get("username") != known.username or not form.get("password", "").startswith(known.secret):
        raise GrantRefused("invalid_grant", "authentication failure")


def _refresh_token(instance: Instance, call: Call, form: Mapping[str, str]) -> None:
    _check_client(instance.credentials, call, form)
    if form.get("refresh_token") != REFRESH_TOKEN:
        raise GrantRefused("invalid_grant", "expired access/refresh token")


def _jwt_bearer(instance: Instance, _call: Call, form: Mapping[str, str]) -> None:
    known = instance.credentials
    claims = _read_assertion(form.get("assertion", ""), known.public_key)
    now = instance.clock().timestamp()
    expires_at = claims.get("exp")
    if claims.get("iss") != known.key:
        raise GrantRefused("invalid_client_id", "client identifier invalid")
    if claims.get("sub", claims.get("prn")) != known.username:
        raise GrantRefused("invalid_grant", "user hasn't approved this consumer")
    if not claims.get("aud"):
        raise GrantRefused("invalid_grant", "audience is invalid")
    if not isinstance(expires_at, int | float) or not 0 < expires_at - now <= LATEST_JWT_EXPIRY_S:
        raise GrantRefused("invalid_grant", "expired authorization code")


def _read_assertion(assertion: str, public_key: str | None) -> dict[str, Any]:
    """The claims; times are checked by the org's own clock, not the library's."""
    import jwt  # takes half a second, and most clients never come this way

    try:
        if jwt.get_unverified_header(assertion).get("alg") != "RS256":
            raise GrantRefused("invalid_grant", "invalid assertion: RS256 is required")
        if public_key is None:
            return jwt.decode(assertion, options={"verify_signature": False})
        unchecked: jwt.types.Options = {"verify_exp": False, "verify_aud": False, "verify_iat": False}
        return jwt.decode(assertion, public_key, algorithms=["RS256"], options=unchecked)
    except jwt.PyJWTError as error:
        raise GrantRefused("invalid_grant", "invalid assertion") from error


GRANTS: dict[str, Callable[[Instance, Call, Mapping[str, str]], None]] = {
    "client_credentials": _client_credentials,
    "password": _password,
    "refresh_token": _refresh_token,
    JWT_BEARER: _jwt_bearer,
}


def _check_client(known: Credentials, call: Call, form: Mapping[str, str]) -> None:
    key, secret = _basic(call.headers.get("authorization", "")) or (
        form.get("client_id", ""),
        form.get("client_secret", ""),
    )
    if key != known.key:
        raise GrantRefused("invalid_client_id", "client identifier invalid")
    if secret != known.secret:
        raise GrantRefused("invalid_client", "invalid client credentials")


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise GrantRefused("invalid_client", "invalid client credentials") from error
    return key, secret


def _token_answer(instance: Instance, call: Call) -> dict[str, str]:
    identity = identity_url(instance, call)
    issued_at = str(int(instance.clock().timestamp() * 1000))
    signed = hmac.digest(instance.credentials.secret.encode(), (identity + issued_at).encode(), hashlib.sha256)
    return {
        "access_token": instance.tokens.issue(),
        "signature": base64.b64encode(signed).decode(),
        "scope": "id api",
        "instance_url": call.base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def identity_url(instance: Instance, call: Call) -> str:
    """The absolute address of the user who is signed in."""
    return f"{call.base_url}/id/{instance.org.organization_id}/{instance.org.admin_user_id}"


@ROUTES.add("GET", "/services/oauth2/userinfo")
def read_userinfo(instance: Instance, call: Call) -> Answer:
    """The user who is signed in, in OpenID's words."""
    user = instance.org.read("User", instance.org.admin_user_id)
    identity = identity_url(instance, call)
    return Answer(
        body={
            "sub": identity,
            "user_id": user["Id"],
            "organization_id": instance.org.organization_id,
            "preferred_username": user["Username"],
            "name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "urls": _urls(instance, call),
        }
    )


@ROUTES.add("GET", "/id/{organization}/{user}")
def read_identity(instance: Instance, call: Call, organization: str, user: str) -> Answer:
    """A user, as the identity service tells it."""
    if organization[:15] != instance.org.organization_id[:15]:
        raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")
    found = instance.org.read("User", user)
    return Answer(
        body={
            "id": f"{call.base_url}/id/{instance.org.organization_id}/{found['Id']}",
            "asserted_user": True,
            "user_id": found["Id"],
            "organization_id": instance.org.organization_id,
            "username": found["Username"],
            "display_name": found["Name"],
            "email": found["Email"],
            "email_verified": True,
            "active": found.get("IsActive", True),
            "urls": _urls(instance, call),
        }
    )


def _urls(instance: Instance, call: Call) -> dict[str, str]:
    rest = f"{call.base_url}/services/data/v{{version}}/"
    return {
        "rest": rest,
        "sobjects": f"{rest}sobjects/",
        "query": f"{rest}query/",
        "recent": f"{rest}recent/",
        "profile": f"{call.base_url}/{instance.org.admin_user_id}",
    }
