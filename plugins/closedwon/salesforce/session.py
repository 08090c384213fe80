"""The HTTP session to an org: time-outs, retries where safe, a count of API calls, and credentials sent to logins only.

`simple_salesforce` sets no time-out and retries nothing, but sends every request through the `requests.Session` that it
is given: this one.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError

from closedwon.errors import AccessDenied, CredentialsRefused, QuotaSpent
from closedwon.ids import to_id18
from closedwon.salesforce.api_errors import find_code, find_login_error, to_error, to_login_error, to_network_error
from closedwon.salesforce.tries import Busy, LastCall, try_repeatedly

T = TypeVar("T")

RESERVE_PERCENT = 10
"""Share of the org's daily API calls that is left to people and other programs."""

_BUSY = frozenset({429, 500, 502, 503, 504})
_LOGIN_PAGE = re.compile(
    r"https://[a-z0-9][a-z0-9.-]*\.salesforce\.com(/services/(?:oauth2/token|Soap/u/\d+\.\d+))", re.IGNORECASE
)
_ORGANIZATION = re.compile(rb"(?:/id/|<organizationId>)(00D[A-Za-z0-9]{15}|00D[A-Za-z0-9]{12})\b")
"""In what a login returns: the identity URL of OAuth, or an element of SOAP."""

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")


class OrgSession(requests.Session):
    """A session with time-outs, a limited number of retries and a count of the API calls it made.

    Attributes:
        calls: API calls sent, retries included; logins are not, as they do not count against the quota.
        used: API calls of the org in the last 24 hours, as it last said; None until it says so.
        maximum: API calls that the org may use in 24 hours; None until it says so.
        organization_id: the org's id, with 18 characters, as the login said; None before it.
        org_now: the org's clock when it last answered, in whole seconds; None if the answer had no Date header.
    """

    connect_timeout_s = 5.0
    read_timeout_s = 60.0
    slow_read_timeout_s = 300.0
    """For queries, writes and results: Salesforce lets a query run for two minutes and a write for longer."""
    tries = 3
    pause: Callable[[float], None] = staticmethod(time.sleep)
    """Sleep for a number of seconds, between two tries and while a job runs."""

    def __init__(self, *, login_host: str | None = None, ca_file: str | None = None) -> None:
        super().__init__()
        self.calls = 0
        self.used: int | None = None
        self.maximum: int | None = None
        self.organization_id: str | None = None
        self.org_now: datetime | None = None
        self._last_call = LastCall()
        self._login = urlsplit(login_host) if login_host else None
        self.verify = ca_file or True
        # An entry for the host in ~/.netrc would replace the access token.
        self.auth = _keep_headers
        if self._login and _is_loopback(self._login.hostname):
            # The environment's proxy cannot reach this machine's loopback address.
            self.trust_env = False

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        *,
        about: str = "",
        repeatable: bool | None = None,
        slow: bool = False,
        **options: Any,
    ) -> requests.Response:
        """Return the org's response, with any status below 500 except 429.

        Args:
            about: the object concerned, for the error message.
            repeatable: whether the request is safe to send twice; by default true for GET and for logins.
            slow: whether the org may take minutes to answer.

        Raises:
            OrgUnavailable: a time-out, a broken connection, 429 or 5xx, after all retries.
            AccessDenied: the certificate is not trusted.
            CredentialsRefused: a request without an access token to anything but a login page.
            QuotaSpent: the org has used so many API calls that this one would come out of the reserve for people.
        """
        is_login = not str((options.get("headers") or {}).get("Authorization", "")).startswith("Bearer ")
        address = self._address(url, is_login)
        read_timeout_s = self.slow_read_timeout_s if slow else self.read_timeout_s
        options = {
            "timeout": (self.connect_timeout_s, read_timeout_s),
            # Given per request, it overrides REQUESTS_CA_BUNDLE, which would replace the session's own.
            "verify": self.verify if isinstance(self.verify, str) else None,
            # A redirected POST would go on as a GET without a body.
            "allow_redirects": False,
            **options,
        }
        where = f"{method} {urlsplit(address).netloc}{urlsplit(address).path}" + (f", {about}" if about else "")

        def ask() -> requests.Response:
            return self._ask(method, address, where, is_login, options)

        may_repeat = repeatable if repeatable is not None else is_login or method.upper() == "GET"
        return self.repeat(ask) if may_repeat else ask()

    def repeat(self, work: Callable[[], T]) -> T:
        """Return the result of `work`, which is tried up to three times while the org is unavailable."""
        return try_repeatedly(work, self.tries, self.pause, self._last_call)

    def _ask(self, method: str, url: str, where: str, is_login: bool, options: dict[str, Any]) -> requests.Response:
        if not is_login:
            self._keep_reserve(where)
        self.calls += not is_login
        self._last_call.asked = f"{method} {urlsplit(url).path}"
        try:
            response = super().request(method, url, **options)
        except requests.RequestException as error:
            self._last_call.answered = type(error).__name__
            raise to_network_error(error, where) from None
        self._last_call.answered = f"HTTP {response.status_code}, an answer that cannot be used"
        date = response.headers.get("Date")
        self.org_now = parsedate_to_datetime(date) if date else None
        usage = _USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
        if usage:
            self.used, self.maximum = int(usage[1]), int(usage[2])
        # A SOAP login answers 500 to a wrong password too: retries would lock the user out.
        if response.status_code in _BUSY - ({500} if is_login else set()):
            self._last_call.answered = f"HTTP {response.status_code} {find_code(response.content)}".rstrip()
            raise Busy(to_error(response.status_code, response.content, where), response.headers.get("Retry-After"))
        if is_login:
            if refused := find_login_error(response.status_code, response.content, where):
                raise refused
            found = _ORGANIZATION.search(response.content)
            self.organization_id = to_id18(found[1].decode()) if found else None
        return response

    def _keep_reserve(self, where: str) -> None:
        if self.used is None or self.maximum is None:
            return
        reserve = self.maximum * RESERVE_PERCENT // 100
        if self.used >= self.maximum - reserve:
            raise QuotaSpent(
                f"The org has used {self.used:,} of its {self.maximum:,} API calls of the last 24 hours "
                f"({where} was not sent). The last {reserve:,} are left to people and other programs. "
                f"Nothing is lost: Airflow looks every 10 minutes, a cleared task at once, and it goes on as soon as "
                f"fewer than {self.maximum - reserve:,} are used. "
                "Setup > Company Information shows the limit, and Setup > API Usage who spends it."
            )

    def _address(self, url: str, is_login: bool) -> str:
        """Return the URL to send a request to: logins go to the login host, and plain HTTP to this machine only."""
        if is_login:
            page = _LOGIN_PAGE.fullmatch(url)
            if page is None:
                raise CredentialsRefused(
                    f"'{url}' is not a login page of Salesforce: credentials are not sent there. The Connection's "
                    "domain is the name before '.salesforce.com' and nothing more, such as 'mycompany.my'."
                )
            return urlunsplit((self._login.scheme, self._login.netloc, page[1], "", "")) if self._login else url
        if self._login and self._login.scheme == "http" and urlsplit(url).netloc == self._login.netloc:
            return urlunsplit(urlsplit(url)._replace(scheme="http"))
        return url


def open_session(*, login_host: str | None = None, ca_file: str | None = None) -> OrgSession:
    """Return a session for `simple_salesforce.Salesforce(session=...)` or `SalesforceHook(session=...)`.

    simple_salesforce sends its logins to `https://<domain>.salesforce.com`, and knows only https.

    Args:
        login_host: receives the logins instead, e.g. "https://localhost:8443"; "http://" only on this machine.
        ca_file: PEM file of the CAs to trust instead of the system's.

    Raises:
        CredentialsRefused: the login host is not an address to which credentials may be sent.
        AccessDenied: the CA file does not exist.
    """
    if login_host is not None:
        _check_login_host(login_host)
    if ca_file is not None and not Path(ca_file).is_file():
        raise AccessDenied(
            f"ca_file '{ca_file}' is not a file, so the org's certificate cannot be checked and nothing is sent. "
            "Correct `ca_file` in the Connection."
        )
    return OrgSession(login_host=login_host, ca_file=ca_file)


@contextmanager
def org_errors(doing: str) -> Iterator[None]:
    """Translate exceptions of simple_salesforce and requests in the block to those of `closedwon.errors`.

    Args:
        doing: what is being done, such as "log in".

    Raises:
        ClosedwonError: the one that `api_errors` finds.
    """
    try:
        yield
    except SalesforceAuthenticationFailed as error:
        raise to_login_error(error.code, error.auth_message, doing) from None
    except SalesforceError as error:
        raise to_error(error.status, error.content, doing) from None
    except requests.RequestException as error:
        raise to_network_error(error, doing) from None
    except TypeError as error:
        if "You must provide login information" not in str(error):
            raise
        raise CredentialsRefused(
            f"The Connection lacks what a login needs ({doing}). Give consumer key, consumer secret and domain "
            "(client credentials), or user, consumer key and private key (JWT)."
        ) from None


def _check_login_host(login_host: str) -> None:
    parts = urlsplit(login_host)
    is_bare = parts.netloc and parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    if not (is_bare and is_safe):
        raise CredentialsRefused(
            f"Login host '{login_host.rpartition('@')[2]}' cannot be used: it must be https://host[:port] and nothing "
            "more, or http:// on this machine, since it is sent the consumer secret. Correct the Connection's host."
        )


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
