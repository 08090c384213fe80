"""userinfo and the identity resource, which cost no API call and have errors of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from localorg.errors import OrgError
from localorg.messages import HTML_TYPE, Answer, Call, text_answer
from localorg.rest.oauth import identity_url
from localorg.routes import Endpoint, Routes
from localorg.state.instance import Instance
from localorg.state.tokens import token_of

ROUTES = Routes()
ADDRESS = {
    "addr_street": "Street",
    "addr_city": "City",
    "addr_state": "State",
    "addr_country": "Country",
    "addr_zip": "PostalCode",
}
FEEDS = ("feeds", "groups", "users", "feed_items", "feed_elements")


def _for_token_holders(endpoint: Endpoint) -> Endpoint:
    """Require a valid token; the identity service answers others with one word."""

    @wraps(endpoint)
    def guarded(instance: Instance, call: Call, **parameters: str) -> Answer:
        token = token_of(call)
        if instance.tokens.find(token) is None:
            return _refused(403, "Bad_OAuth_Token" if token else "Missing_OAuth_Token")
        return endpoint(instance, call, **parameters)

    return guarded


def _refused(status: int, word: str) -> Answer:
    return text_answer(word, HTML_TYPE, status)


@ROUTES.add("GET", "/services/oauth2/userinfo", is_open=True)
@ROUTES.add("POST", "/services/oauth2/userinfo", is_open=True)
@_for_token_holders
def read_userinfo(instance: Instance, call: Call) -> Answer:
    """Return the signed-in user, as OpenID Connect has it."""
    user = instance.org.read("User", instance.org.admin_user_id)
    photos = _photos(call)
    return Answer(
        body={
            "sub": identity_url(instance, call),
            "user_id": user["Id"],
            "organization_id": instance.org.organization_id,
            "preferred_username": user["Username"],
            "nickname": user["CommunityNickname"],
            "name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "given_name": user["FirstName"],
            "family_name": user["LastName"],
            "zoneinfo": user["TimeZoneSidKey"],
            "photos": photos,
            "profile": f"{call.base_url}/{user['Id']}",
            "picture": photos["picture"],
            "address": {},
            "urls": _urls(instance, call),
            **_settings(user),
            "updated_at": _to_zulu(user["LastModifiedDate"]),
        }
    )


@ROUTES.add("GET", "/id/{organization}/{user}", is_open=True)
@ROUTES.add("POST", "/id/{organization}/{user}", is_open=True)
@_for_token_holders
def read_identity(instance: Instance, call: Call, organization: str, user: str) -> Answer:
    """Return a user in the shape of the identity service."""
    if organization[:15] != instance.org.organization_id[:15]:
        return _refused(403, "Wrong_Org")
    try:
        found = instance.org.read("User", user)
    except OrgError:
        return _refused(404, "Bad_Id")
    return Answer(
        body={
            "id": f"{call.base_url}/id/{instance.org.organization_id}/{found['Id']}",
            "asserted_user": True,
            "user_id": found["Id"],
            "organization_id": instance.org.organization_id,
            "username": found["Username"],
            "nick_name": found["CommunityNickname"],
            "display_name": found["Name"],
            "email": found["Email"],
            "email_verified": True,
            "first_name": found["FirstName"],
            "last_name": found["LastName"],
            "timezone": found["TimeZoneSidKey"],
            "photos": _photos(call),
            **{key: found[name] for key, name in ADDRESS.items()},
            "mobile_phone": found["MobilePhone"],
            "mobile_phone_verified": False,
            "is_lightning_login_user": False,
            "status": {"created_date": None, "body": None},
            "urls": _urls(instance, call),
            **_settings(found),
            "last_modified_date": _to_zulu(found["LastModifiedDate"]),
            "is_app_installed": True,
        }
    )


def _to_zulu(moment: str) -> str:
    """Return a moment as the identity service writes it, in whole seconds."""
    return f"{moment[:19]}Z"


def _settings(user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "active": user["IsActive"],
        "user_type": str(user["UserType"] or "Standard").upper(),
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": 0,
    }


def _photos(call: Call) -> dict[str, str]:
    return {name: f"{call.base_url}/profilephoto/005/{name[0].upper()}" for name in ("picture", "thumbnail")}


def _urls(instance: Instance, call: Call) -> dict[str, str]:
    rest = f"{call.base_url}/services/data/v{{version}}/"
    soap = f"{call.base_url}/services/Soap"
    organization = instance.org.organization_id[:15]
    letters = {"enterprise": "c", "metadata": "m", "partner": "u", "tooling_soap": "T"}
    paths = {"sobjects": "sobjects/", "search": "search/", "query": "query/", "recent": "recent/"}
    feeds = {name: f"chatter/{name.replace('_', '-')}" for name in FEEDS}
    return {
        **{name: f"{soap}/{letter}/{{version}}/{organization}" for name, letter in letters.items()},
        "rest": rest,
        **{name: rest + path for name, path in {**paths, "tooling_rest": "tooling/", **feeds}.items()},
        "profile": f"{call.base_url}/{instance.org.admin_user_id}",
        "custom_domain": call.base_url,
    }
