"""Credentials that the org accepts, and the access and refresh tokens that are valid now."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from localorg.errors import OrgError
from localorg.messages import Call

REFRESH_TOKEN = "local-refresh-token"  # noqa: S105 (the org is local and the token is documented)
SESSION_LIFETIME = timedelta(hours=2)


@dataclass(frozen=True)
class Credentials:
    """Credentials that the org accepts. `public_key` (PEM) checks the signature of a JWT; without it any RS256 key is
    accepted.
    """

    key: str = "closedwon"
    secret: str = field(default="local-only", repr=False)
    username: str = "admin@localorg.example"
    public_key: str | None = field(default=None, repr=False)
    rotates_refresh_tokens: bool = False
    """Whether a refresh token is good for one use, which brings the next one."""

    def knows(self, username: str | None, password: str) -> bool:
        """Return whether the user may sign in. The password is the consumer secret; a security token may follow it."""
        return username == self.username and password.startswith(self.secret)


@dataclass(frozen=True)
class Session:
    """The time from when until when an access token is valid."""

    issued_at: datetime
    expires_at: datetime


class Tokens:
    """The tokens that are valid now."""

    def __init__(self, organization_id: str, clock: Callable[[], datetime]) -> None:
        self._organization_id = organization_id
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._refresh_tokens = {REFRESH_TOKEN}
        self._lock = threading.Lock()

    def issue(self) -> str:
        """Return a new access token, valid for two hours of the org's clock."""
        token = f"{self._organization_id[:15]}!AQ{secrets.token_hex(40)}"
        now = self._clock()
        with self._lock:
            self._sessions[token] = Session(now, now + SESSION_LIFETIME)
        return token

    def is_refresh_token(self, token: str) -> bool:
        with self._lock:
            return token in self._refresh_tokens

    def rotate(self, refresh_token: str) -> str | None:
        """Return the refresh token that replaces a valid one; None if that one is not valid."""
        fresh = f"5Aep861{secrets.token_urlsafe(48)}"
        with self._lock:
            if refresh_token not in self._refresh_tokens:
                return None
            self._refresh_tokens.remove(refresh_token)
            self._refresh_tokens.add(fresh)
        return fresh

    def reset_refresh_tokens(self) -> None:
        """Reset the refresh tokens to the known one."""
        with self._lock:
            self._refresh_tokens = {REFRESH_TOKEN}

    def revoke(self, token: str) -> bool:
        """Revoke an access token or refresh token; return False if there was no such token."""
        with self._lock:
            if token in self._refresh_tokens:
                self._refresh_tokens.remove(token)
                return True
            return self._sessions.pop(token, None) is not None

    def revoke_all(self) -> None:
        """Revoke all access tokens."""
        with self._lock:
            self._sessions.clear()

    def find(self, token: str) -> Session | None:
        """Return the session of an access token that is valid now."""
        session = self._sessions.get(token)
        return None if session is None or session.expires_at <= self._clock() else session

    def check(self, call: Call) -> None:
        """Refuse a call that carries no valid token.

        Raises:
            OrgError: INVALID_SESSION_ID.
        """
        if self.find(token_of(call)) is None:
            raise OrgError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def token_of(call: Call) -> str:
    """Return the access token that a call of the REST API carries; empty where there is none."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "oauth") else call.query.get("oauth_token", "")
