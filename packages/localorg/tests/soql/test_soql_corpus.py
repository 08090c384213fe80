"""The gate: texts that real parsers judged get the same verdict here.

Bind variables (`:name`) belong to Apex: the API refuses them as MALFORMED_QUERY, as we do. Here a literal takes the
place of each, so that the rest of the text is judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from soql_samples import CORPUS, refusal

from localorg.errors import OrgError
from localorg.org import Org
from localorg.soql.syntax.parse import parse

_STRING = r"'(?:\\.|[^'\\])*'"
_ARGUMENTS = r"\((?:[^()]|\([^()]*\))*\)"
_BIND = re.compile(
    rf"({_STRING})|(\bIN\s*)?:\s*(?:new\s+)?[A-Za-z_]\w*(?:\s*<[^>]*>)?(?:\s*{_ARGUMENTS}|\[[^\]]*\]|\s*\.\s*\w+)*",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(LIMIT|OFFSET)\s+'x'", re.IGNORECASE)

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of SOQL texts is not here")


def _texts() -> Iterator[dict[str, Any]]:
    lines = CORPUS.read_text(encoding="utf-8").splitlines() if CORPUS.exists() else []
    return (entry for entry in map(json.loads, lines) if entry["second_parser_agrees"])


def _without_binds(soql: str) -> str:
    def to_literal(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        return f"{found[2]} ('x')" if found[2] else "'x'"

    return _COUNTED.sub(r"\1 1", _BIND.sub(to_literal, soql))


def _is_taken(soql: str) -> bool:
    try:
        parse(soql)
    except OrgError:
        return False
    return True


def test_every_text_gets_the_verdict_on_which_two_parsers_agree() -> None:
    judged = [(entry["soql"], _without_binds(entry["soql"]), entry["valid"]) for entry in _texts()]
    differing = {soql for soql, asked, is_valid in judged if _is_taken(asked) != is_valid}

    assert len(judged) > 900
    assert not differing


def test_a_bind_variable_is_refused_as_the_api_does(org: Org) -> None:
    binds = [entry["soql"] for entry in _texts() if entry["bind"] and ":" in entry["soql"]]
    # A date literal is written with a colon as well: LAST_N_DAYS:7.
    with_names = [soql for soql in binds if _without_binds(soql) != soql]

    assert len(with_names) > 400
    assert {refusal(org, soql).code for soql in with_names} == {"MALFORMED_QUERY"}
