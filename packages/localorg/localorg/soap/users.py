"""SOAP calls on sessions: login, logout, getUserInfo."""

from __future__ import annotations

from localorg.errors import OrgError
from localorg.messages import Call
from localorg.soap.envelope import Request
from localorg.state.instance import Instance
from localorg.state.tokens import SESSION_LIFETIME
from localorg.xml_text import tags, text_of

LAST_VERSION_WITH_LOGIN = 64.0


def log_in(instance: Instance, call: Call, request: Request) -> str:
    """Sign in by user and password, which a security token may follow; return the session.

    Raises:
        OrgError: INVALID_LOGIN, or INVALID_OPERATION from API 65.0 on, which has no login().
    """
    if float(request.version) > LAST_VERSION_WITH_LOGIN:
        raise OrgError(
            500,
            "INVALID_OPERATION",
            f"The SOAP Login operation is not available in the API version specified ({request.version}). "
            "Refer to the documentation for supported versions.",
        )
    username, password = (text_of(request.operation, name) for name in ("username", "password"))
    if not instance.credentials.knows(username, password):
        raise OrgError(500, "INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
    return f"<result>{_session(instance, call, request)}<userInfo>{_user_info(instance)}</userInfo></result>"


def _session(instance: Instance, call: Call, request: Request) -> str:
    organization = instance.org.organization_id[:15]
    address = f"{call.base_url}/services/Soap/{{}}/{request.version}/{organization}"
    return tags(
        (
            ("metadataServerUrl", address.format("m")),
            ("passwordExpired", False),
            ("sandbox", _is_sandbox(instance)),
            ("serverUrl", address.format(request.letter)),
            ("sessionId", instance.tokens.issue()),
            ("userId", instance.org.admin_user_id),
        )
    )


def log_out(instance: Instance, _call: Call, request: Request) -> str:
    """End the session."""
    instance.tokens.revoke(request.session_id)
    return ""


def read_user_info(instance: Instance, _call: Call, _request: Request) -> str:
    """Return the user who is signed in."""
    return f"<result>{_user_info(instance)}</result>"


def _is_sandbox(instance: Instance) -> bool:
    return bool(instance.org.read("Organization", instance.org.organization_id)["IsSandbox"])


def _user_info(instance: Instance) -> str:
    """Return the user's data; the currency is the user's in an org with several, otherwise the org's."""
    user, corporate = instance.org.read("User", instance.org.admin_user_id), _corporate_currency(instance)
    organization = instance.org.read("Organization", instance.org.organization_id)
    return tags(
        (
            ("accessibilityMode", False),
            ("chatterExternal", False),
            ("currencySymbol", "$" if corporate is None else None),
            ("orgAttachmentFileSizeLimit", 26_214_400),
            ("orgDefaultCurrencyIsoCode", "USD" if corporate is None else None),
            ("orgDefaultCurrencyLocale", "en_US"),
            ("orgDisallowHtmlAttachments", False),
            ("orgHasPersonAccounts", _has_person_accounts(instance)),
            ("organizationId", instance.org.organization_id),
            ("organizationMultiCurrency", corporate is not None),
            ("organizationName", organization["Name"]),
            ("profileId", user["ProfileId"]),
            ("roleId", user["UserRoleId"]),
            ("sessionSecondsValid", int(SESSION_LIFETIME.total_seconds())),
        )
    ) + _preferences(user, corporate)


def _preferences(user: dict[str, str | None], currency: str | None) -> str:
    return tags(
        (
            ("userDefaultCurrencyIsoCode", currency),
            ("userEmail", user["Email"]),
            ("userFullName", user["Name"]),
            ("userId", user["Id"]),
            ("userLanguage", user["LanguageLocaleKey"]),
            ("userLocale", user["LocaleSidKey"]),
            ("userName", user["Username"]),
            ("userTimeZone", user["TimeZoneSidKey"]),
            ("userType", user["UserType"]),
            ("userUiSkin", "Theme3"),
        )
    )


def _has_person_accounts(instance: Instance) -> bool:
    return instance.org.sobject("Account").find("IsPersonAccount") is not None


def _corporate_currency(instance: Instance) -> str | None:
    """Return the first currency of an org that has several; None in an org with one."""
    if instance.org.sobject("Account").find("CurrencyIsoCode") is None:
        return None
    (found,) = instance.org.query("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = TRUE").records(0, 1)
    return str(found["IsoCode"])
