"""What the tests of this folder share beside the fixtures."""

from __future__ import annotations

import csv
import gzip
import io
import time
from collections.abc import Callable, Iterable

from simple_salesforce import Salesforce

from closedwon.mapping.model import Field, Mapping
from closedwon.salesforce.rest_query import Page
from closedwon.salesforce.session import OrgSession

Connect = Callable[..., Salesforce]
"""Logs in to a running org."""


def quick(session: OrgSession) -> OrgSession:
    """The session with its pauses cut short."""
    session.pause = lambda seconds: time.sleep(min(seconds, 0.01))
    return session


def make_mapping(*fields: str, sobject: str = "Account") -> Mapping:
    """A mapping that receives these fields as text."""
    received = tuple(Field(name, name.lower().replace(".", "_"), "text", "receive") for name in fields)
    return Mapping("accounts", "accounts.yaml", sobject, "crm.accounts", "receive", received)


def read_rows(pages: Iterable[Page]) -> list[dict[str, str]]:
    """The records of all pages, as text."""
    return [
        row
        for page in pages
        for row in csv.DictReader(io.StringIO(gzip.decompress(page.data).decode("utf-8"), newline=""))
    ]
