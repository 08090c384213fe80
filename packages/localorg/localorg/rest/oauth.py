"""OAuth flows that need no browser; introspection and revocation of tokens.

A local org guards nothing: anyone who knows the consumer key and secret, which are no secrets, may do everything. It is
strict so that a client's sign-in code is really tested.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.state.instance import Instance
from localorg.state.tokens import Credentials

ROUTES = Routes()
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "id api"
EARLIEST_JWT_EXPIRY_S = 3 * 60
LATEST_JWT_EXPIRY_S = 5 * 60 + 1
"""Seconds from now; clocks of clients are off by some minutes, and clients round."""
FIRST_IN_MILLISECONDS = 100_000_000_000
"""The Salesforce CLI puts milliseconds where seconds belong, and real orgs let it in."""


class GrantRefused(Exception):
    """The token endpoint refuses the grant; its errors have OAuth's shape, not the REST API's."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


@ROUTES.add("POST", "/services/oauth2/token", is_open=True)
def issue_token(instance: Instance, call: Call) -> Answer:
    """Return an access token, by the flow that `grant_type` names."""
    form = _form(call)
    grant = form.get("grant_type", "")
    try:
        if grant not in GRANTS:
            raise GrantRefused("unsupported_grant_type", "grant type not supported")
        granted = GRANTS[grant](instance, call, form)
    except GrantRefused as refused:
        return Answer(400, refused.body)
    return Answer(body={**_token_answer(instance, call), **granted})


@ROUTES.add("POST", "/services/oauth2/introspect", is_open=True)
def introspect_token(instance: Instance, call: Call) -> Answer:
    """Return whether an access or refresh token is valid now, and whose it is."""
    form = _form(call)
    try:
        _check_client(instance.credentials, call, form)
    except GrantRefused as refused:
        return Answer(401, refused.body)
    token = form.get("token", "")
    session = instance.tokens.find(token)
    if session is None and not instance.tokens.is_refresh_token(token):
        return Answer(body={"active": False})
    known = instance.credentials
    body: dict[str, Any] = {
        "active": True,
        "scope": SCOPE,
        "client_id": known.key,
        "username": known.username,
        "sub": identity_url(instance, call),
        "token_type": "refresh_token" if session is None else "access_token",
    }
    if session is not None:
        issued_at, expires_at = (int(moment.timestamp()) for moment in (session.issued_at, session.expires_at))
        body |= {"exp": expires_at, "iat": issued_at, "nbf": issued_at}
    return Answer(body=body)


@ROUTES.add("POST", "/services/oauth2/revoke", is_open=True)
@ROUTES.add("GET", "/services/oauth2/revoke", is_open=True)
def revoke_token(instance: Instance, call: Call) -> Answer:
    """Revoke the token, which needs no other proof; answer 200 without a body."""
    if not instance.tokens.revoke({**call.query, **_form(call)}.get("token", "")):
        return Answer(400, {"error": "invalid_token", "error_description": "the token was invalid"})
    return Answer()


def _form(call: Call) -> dict[str, str]:
    try:
        return dict(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True))
    except ValueError:
        return {}  # more parameters than anybody sends in earnest


def _client_credentials(instance: Instance, call: Call, form: Mapping[str, str]) -> dict[str, str]:
    _check_client(instance.credentials, call, form)
    return {}


def _password(instance: Instance, call: Call, form: Mapping[str, str]) -> dict[str, str]:
    _check_client(instance.credentials, call, form)
    if not instance.credentials.knows(form.get("username"), form.get("password", "")):
        raise GrantRefused("invalid_grant", "authentication failure")
    return {}


def _refresh_token(instance: Instance, call: Call, form: Mapping[str, str]) -> dict[str, str]:
    """Return the next refresh token with rotation, and nothing without, as the old one stays valid."""
    _check_client(instance.credentials, call, form, needs_secret=False)
    token = form.get("refresh_token", "")
    if not instance.credentials.rotates_refresh_tokens and instance.tokens.is_refresh_token(token):
        return {}
    fresh = instance.tokens.rotate(token)
    if fresh is None:
        raise GrantRefused("invalid_grant", "expired access/refresh token")
    return {"refresh_token": fresh}


def _jwt_bearer(instance: Instance, _call: Call, form: Mapping[str, str]) -> dict[str, str]:
    known = instance.credentials
    claims = _read_assertion(form.get("assertion", ""), known.public_key)
    now = instance.clock().timestamp()
    if claims.get("iss") != known.key:
        raise GrantRefused("invalid_client_id", "client identifier invalid")
    if claims.get("sub", claims.get("prn")) != known.username:
        raise GrantRefused("invalid_grant", "user hasn't approved this consumer")
    if not claims.get("aud"):
        raise GrantRefused("invalid_grant", "audience is invalid")
    if not _is_good_until(claims.get("exp"), now):
        raise GrantRefused("invalid_grant", "expired authorization code")
    return {}


def _is_good_until(expiry: Any, now: float) -> bool:
    """Return whether an assertion with this `exp`, a number or text, is valid now."""
    try:
        seconds = float(expiry)
    except (OverflowError, TypeError, ValueError):
        return False
    return FIRST_IN_MILLISECONDS < seconds < math.inf or -EARLIEST_JWT_EXPIRY_S <= seconds - now <= LATEST_JWT_EXPIRY_S


def _read_assertion(assertion: str, public_key: str | None) -> dict[str, Any]:
    """Return the claims; times are checked by the org's own clock, not the library's."""
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


GRANTS: dict[str, Callable[[Instance, Call, Mapping[str, str]], dict[str, str]]] = {
    "client_credentials": _client_credentials,
    "password": _password,
    "refresh_token": _refresh_token,
    JWT_BEARER: _jwt_bearer,
}


def _check_client(known: Credentials, call: Call, form: Mapping[str, str], *, needs_secret: bool = True) -> None:
    """Refuse an unknown app or a wrong secret; a public client may leave the secret out where it is optional."""
    key, secret = _basic(call.headers.get("authorization", "")) or (
        form.get("client_id", ""),
        form.get("client_secret", ""),
    )
    if key != known.key:
        raise GrantRefused("invalid_client_id", "client identifier invalid")
    if secret != known.secret and (secret or needs_secret):
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
        "scope": SCOPE,
        "instance_url": call.base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def identity_url(instance: Instance, call: Call) -> str:
    """Return the absolute address of the user who is signed in."""
    return f"{call.base_url}/id/{instance.org.organization_id}/{instance.org.admin_user_id}"
