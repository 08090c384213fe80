"""Single API calls. Only this module knows how simple_salesforce keeps and renews its access token."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from simple_salesforce import Salesforce

from closedwon.errors import CredentialsRefused, OrgUnavailable
from closedwon.salesforce.api_errors import to_error, to_shape_error
from closedwon.salesforce.session import org_errors


def call(sf: Salesforce, method: str, path: str, *, about: str = "", **options: Any) -> requests.Response:
    """Return the org's response, with a status below 300; renew an expired access token once.

    simple_salesforce renews the token for some calls but not for those of Bulk API 2.0, so that a long run would fail
    when its token expires.

    Args:
        path: below the version ("limits"), or from the root ("/services/data/v62.0/query/01g...").
        about: the object concerned, for the error message.
        options: those of `OrgSession.request`.

    Raises:
        ClosedwonError: the one that `api_errors` finds.
    """
    headers = options.pop("headers", {})
    response = _send(sf, method, path, headers, about=about, **options)
    if response.status_code == 401:
        _renew_token(sf)
        response = _send(sf, method, path, headers, about=about, **options)
    if response.status_code >= 300:
        raise to_error(response.status_code, response.content, _where(method, path, about))
    return response


def call_json(
    sf: Salesforce,
    method: str,
    path: str,
    *,
    holds: Collection[str] = (),
    is_list: bool = False,
    numbers_as_text: bool = False,
    **options: Any,
) -> Any:
    """Return the org's response, parsed from JSON and of the expected form.

    Args:
        holds: keys that the object, or each object of the list, has.
        is_list: whether a list of objects is expected instead of an object; if `holds` is empty, some may be null.
        numbers_as_text: whether numbers stay text as the org wrote them, so that no digit changes.

    Raises:
        OrgUnavailable: the response is not JSON, or of another form: it was cut off, or is not Salesforce's.
        ClosedwonError: the one that `api_errors` finds.
    """
    response = call(sf, method, path, **options)
    return parse_json(response, holds=holds, is_list=is_list, numbers_as_text=numbers_as_text)


def read_clock(sf: Salesforce) -> datetime:
    """Return the org's clock when it last answered, in whole seconds.

    Raises:
        OrgUnavailable: the answer did not show it.
    """
    org_now: datetime | None = sf.session.org_now
    if org_now is None:
        raise OrgUnavailable(
            "The org's last answer has no Date header. Without the org's clock no window can be closed. "
            "Try again; if it lasts, look for a proxy that removes headers."
        )
    return org_now


def parse_json(
    response: requests.Response,
    *,
    holds: Collection[str] = (),
    is_list: bool = False,
    numbers_as_text: bool = False,
) -> Any:
    """Return the body of a response, parsed from JSON; see `call_json`."""
    parse: dict[str, Any] = {"parse_int": str, "parse_float": str} if numbers_as_text else {}
    where = f"{response.request.method} {urlsplit(response.url).path}"
    try:
        answer = json.loads(response.content, **parse)
    except ValueError as error:
        raise OrgUnavailable(
            f"The org's answer of {len(response.content)} bytes is not whole JSON: '{error}' ({where}). Nothing of it "
            "was used. Try again; if it lasts, look for a proxy that alters answers."
        ) from None
    if not _has_form(answer, holds, is_list):
        raise to_shape_error(response.content, where)
    return answer


def _has_form(answer: object, holds: Collection[str], is_list: bool) -> bool:
    if is_list:
        return isinstance(answer, list) and all(
            _has_form(item, holds, is_list=False) for item in answer if holds or item is not None
        )
    return isinstance(answer, dict) and answer.keys() >= set(holds)


def _send(sf: Salesforce, method: str, path: str, headers: dict[str, str], **options: Any) -> requests.Response:
    # Not sf.base_url, which keeps the old host when a login returns a new one.
    root = f"https://{sf.sf_instance}"
    url = root + (path if path.startswith("/") else f"/services/data/v{sf.sf_version}/{path}")
    signed = {"Authorization": f"Bearer {sf.session_id}", **headers}
    response: requests.Response = sf.session.request(method, url, headers=signed, **options)
    return response


def _renew_token(sf: Salesforce) -> None:
    try:
        with org_errors("renew the access token"):
            sf._refresh_session()
    except RuntimeError as error:
        raise CredentialsRefused(
            f"The access token has expired, and the Connection has nothing to renew it with: '{error}' "
            "Give consumer key and secret, or a private key, instead of a session id."
        ) from None


def _where(method: str, path: str, about: str) -> str:
    return f"{method} {path.partition('?')[0]}" + (f", {about}" if about else "")
