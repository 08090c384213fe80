"""The recorded exchanges with real orgs, and which of them the local org does not answer, with the reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from material import MATERIAL

from localorg.ids import to_id18

RECORDED = MATERIAL / "recorded"
VERSIONS = {"cumulusci": "v59.0", "restforce-db": "v31.0"}
"""For paths whose version is hidden: that of 2015 is older than upserts that tell whether they created."""
UNVERSIONED = re.compile(r"vxx\.0|<api_version>")
MAIMED_IDS = {"0010xACCOUNTID0000": "0010xACCOUNTID0", "00D0xORGID00000000": "00D0xORGID00000"}
"""Ids that were hidden in the recordings by others without a checksum, and what they are with fifteen characters."""

LEFT_OUT = {
    r"^/login/": "the device sign-in of GitHub, not of Salesforce",
    r"/runTestsAsynchronous$": "runs Apex tests, and the local org has no Apex",
    r"/connect/communities$": "Connect API, not part of the surface",
}
"""Path -> why exchanges with it are left out."""
TRIMMED = {
    ("cumulusci", 26): "an organization in which a field of its own sign-in was not switched on",
    ("cumulusci", 155): "a describe of version 48.0, which had fewer keys",
    ("cumulusci", 156): "a describe of version 48.0, which had fewer keys",
    ("cumulusci", 158): "a describe without addresses and flags, which were cut away",
    ("cumulusci", 162): "a describe of version 48.0, which had fewer keys",
    ("cumulusci", 174): "describes shortened by hand",
    ("cumulusci", 175): "describes shortened by hand",
    ("cumulusci", 176): "describes shortened by hand",
    ("restforce-db", 0): "a token answer of 2015, which had no scope",
    ("restforce-db", 3): "a describe of 2015, which had fewer keys",
    ("restforce-db", 5): "a describe of 2015, which had fewer keys",
    ("restforce-db", 16): "a describe of 2015, which had fewer keys",
    ("restforce-db", 31): "the resources of 2015, which were fewer",
    ("restforce-db", 32): "an identity of 2015, which had fewer keys",
}
"""Exchanges whose answer has fewer keys than a real org gives today, so that we may have more."""
NOT_OURS = {
    ".urls.defaultValues": "told by version 48.0, and by no later one",
    ".urls.eventSeriesUpdates": "of repeated events, which the local org has not",
    ".sobjects[].urls.eventSchema": "of platform events, which the local org has not",
    ".sobjects[].urls.workOrderArticleSuggestions": "of an object that the local org has not",
    ".sobjects[].urls.workOrderRowArticleSuggestions": "of an object that the local org has not",
    ".sobjects[].urls.workOrderLineItemArticleSuggestions": "of an object that the local org has not",
    ".sobjects[].urls.workOrderLineItemRowArticleSuggestions": "of an object that the local org has not",
}
"""Paths in recorded answers that ours lack."""
OTHER_FORMS = {
    ("restforce-db", 32): {".last_modified_date": "with +0000 in 2015, and with Z in a fixture of 2022"},
}
"""Exchanges in which a format was that of its time."""
OTHER_VALUES = {
    ("cumulusci", 36): "all records have the id of the first, which somebody wrote over them",
    ("cumulusci", 56): "the name of the org's first user",
}
"""Queries whose recorded values cannot be those of another org."""
LEFT_OUT_ONE_BY_ONE = {
    ("cumulusci", 171): "a failure written by hand for a test of retries: status 500 without a body",
    ("cumulusci", 44): "a count of 0 is listed here, and left out in three other recordings of the same resource",
}


@dataclass(frozen=True)
class Exchange:
    """One request and what a real org answered. Paths and bodies have a version where the recording has none."""

    source: str
    number: int
    scenario: str
    """The recording's file: exchanges with the same one belong together."""
    method: str
    path: str
    query: dict[str, str]
    content_type: str
    request: Any
    status: int
    headers: dict[str, str]
    answer: Any

    @property
    def name(self) -> str:
        return f"{self.source}-{self.number}"

    @property
    def may_have_less(self) -> bool:
        """Whether our answer may have keys that the recorded one lacks."""
        return (self.source, self.number) in TRIMMED

    @property
    def may_differ(self) -> set[str]:
        """Paths at which our answer need not agree."""
        return {*NOT_OURS, *OTHER_FORMS.get((self.source, self.number), {})}

    @property
    def is_query(self) -> bool:
        """Whether it asks for records by SOQL."""
        return "/query" in self.path and "/tooling/" not in self.path and not self.is_bulk

    @property
    def has_values(self) -> bool:
        """Whether the records asked for can be loaded from the answer itself, so that their values must agree."""
        return self.is_query and (self.source, self.number) not in OTHER_VALUES

    @property
    def is_bulk(self) -> bool:
        """Whether it is one of Bulk API 1.0, whose jobs go through several exchanges."""
        return "/services/async/" in self.path

    @property
    def left_out(self) -> str | None:
        """Why the exchange is not replayed; None if it is."""
        reasons = (reason for pattern, reason in LEFT_OUT.items() if re.search(pattern, self.path))
        return LEFT_OUT_ONE_BY_ONE.get((self.source, self.number)) or next(reasons, None)


def exchanges() -> list[Exchange]:
    """All exchanges of both recordings; none where the material is absent."""
    return [exchange for source in ("cumulusci", "restforce-db") for exchange in _read(source)]


def _read(source: str) -> Iterator[Exchange]:
    file = RECORDED / "exchanges" / f"{source}.jsonl"
    if not file.exists():
        return
    text = UNVERSIONED.sub(VERSIONS[source], file.read_text(encoding="utf-8"))
    text = text.replace('"urls": {"a": "b"}', '"urls": {}')  # a place holder
    for maimed, short in MAIMED_IDS.items():
        text = text.replace(maimed, to_id18(short) or "")
    for number, line in enumerate(text.splitlines()):
        told = json.loads(line)
        yield Exchange(
            source=source,
            number=number,
            scenario=told["file"],
            method=told["method"],
            path=told["path"],
            query=told["query"],
            content_type=_headers(told["req_headers"]).get("content-type", "application/json"),
            request=_parsed(told["req_body"]),
            status=told["status"],
            headers=_headers(told["headers"]),
            answer=told["body"] or None,
        )


def _parsed(body: Any) -> Any:
    """A body that was recorded as text, as the JSON it is; some recordings have a line of another body behind it."""
    is_text = isinstance(body, str) and body.startswith("{")
    return json.JSONDecoder().raw_decode(body)[0] if is_text else body


def _headers(recorded: dict[str, Any]) -> dict[str, str]:
    """The headers that were not elided, names in lower case."""
    inner = recorded.get("Response-Headers", recorded)
    kept = inner.items() if isinstance(inner, dict) else ()
    return {name.lower(): value[0] for name, value in kept if isinstance(value, list) and value != ["Elided"]}


def fixture(name: str) -> Any:
    """A client's fixture, trimmed from a real answer."""
    text = next(RECORDED.rglob(name)).read_text(encoding="utf-8")
    return json.loads(text) if text.strip() else None
