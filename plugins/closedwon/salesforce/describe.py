"""The org's describe of an object."""

from __future__ import annotations

from typing import Any

from simple_salesforce import Salesforce

from closedwon.salesforce.http_calls import call_json


def read_describe(sf: Salesforce, sobject: str) -> dict[str, Any]:
    """Read the object's describe: its fields as the integration user may see them, its relationships, its permissions.

    Raises:
        RequestRefused: the org has no such object, or hides it from the integration user.
    """
    described: dict[str, Any] = call_json(
        sf, "GET", f"sobjects/{sobject}/describe", about=sobject, holds=("name", "fields")
    )
    return described


def list_objects(sf: Salesforce) -> list[str]:
    """Return the names of all objects that the integration user may see."""
    return [one["name"] for one in call_json(sf, "GET", "sobjects", holds=("sobjects",))["sobjects"]]
