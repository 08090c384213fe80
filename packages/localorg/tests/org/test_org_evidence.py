"""What no recording shows is listed in one place, evidence.yaml; this holds the list to the code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import localorg

ROOT = Path(localorg.__file__).parent
EVIDENCE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "evidence.yaml").read_text(encoding="utf-8"))
OF_OUR_OWN = {
    "INVALID_CLOCK",
    "INVALID_FAULT",
    "INVALID_RECORDS",
    "INVALID_ACCESS",
    "INVALID_LIMITS",
    "INVALID_SIGN_IN",
}
"""Codes of the control API, which no real org has."""


@cache
def _codes_in_the_code() -> set[str]:
    """Every text that looks like an error code, among the first two arguments of a call that makes an error."""
    found = set()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                given = [a.value for a in node.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                found |= {text for text in given if re.fullmatch(r"[A-Z][A-Z_]{6,}", text) and _is_error(node)}
    return found


def _is_error(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in ("OrgError", "at", "__init__")


def test_every_error_code_that_the_org_gives_has_its_evidence() -> None:
    missing = _codes_in_the_code() - OF_OUR_OWN - set(EVIDENCE["errors"])

    assert not missing


def test_no_evidence_is_kept_for_a_code_that_the_org_does_not_give() -> None:
    assert set(EVIDENCE["errors"]) <= _codes_in_the_code()


@pytest.mark.parametrize("section", ["errors", "behaviours"])
def test_every_piece_of_evidence_says_how_far_it_is_trusted_and_where_it_is_from(section: str) -> None:
    for name, evidence in EVIDENCE[section].items():
        assert set(evidence) == {"trust", "source"}, name
        assert evidence["trust"] in ("recording", "sighting", "document", "inference"), name
        assert evidence["source"], name
