"""Whom the org lets in, and the access tokens that are valid now."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from localorg.errors import OrgError
from localorg.wire import Call

REFRESH_TOKEN = "local-refresh-token"  # noqa: S105 (the org is local and the token is documented)
SESSION_LIFETIME = timedelta(hours=2)


@dataclass(frozen=True)
class Credentials:
    """Whom the org lets in. `public_key` (PEM) checks the signature of a JWT; without it any RS256 key is accepted."""

    key: str = "closedwon"
    secret: str = field(default="local-only", repr=False)
    username: str = "admin@localorg.example"
    public_key: str | None = field(default=None, repr=False)


class Tokens:
    """The access tokens that are valid now."""

    def __init__(self, organization_id: str, clock: Callable[[], datetime]) -> None:
        self._organization_id = organization_id
        self._clock = clock
        self._expires_at: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def issue(self) -> str:
        """A new access token, valid for two hours of the org's clock."""
        token = f"{self._organization_id[:15]}!AQ{secrets.token_hex(40)}"
        with self._lock:
            self._expires_at[token] = self._clock() + SESSION_LIFETIME
        return token

    def revoke_all(self) -> None:
        with self._lock:
            self._expires_at.clear()

    def check(self, call: Call) -> None:
        """Nothing, if the call carries a valid token.

        Raises:
            OrgError: INVALID_SESSION_ID.
        """
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        token = token.strip() if scheme.lower() in ("bearer", "oauth") else call.query.get("oauth_token", "")
        expires_at = self._expires_at.get(token)
        if expires_at is None or expires_at <= self._clock():
            raise OrgError(401, "INVALID_SESSION_ID", "Session expired or invalid")
