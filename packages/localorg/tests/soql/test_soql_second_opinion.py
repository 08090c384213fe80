"""A parser that knows nothing of ours, @jetstreamapp/soql-parser-js from npm, judges the same texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from javascript import run_script
from soql_samples import CORPUS

from localorg.errors import OrgError
from localorg.soql.syntax.parse import parse

OWN = Path(__file__).parent / "own_texts.soql"
SCRIPT = Path(__file__).parents[1] / "node" / "soql_verdicts.js"
REASONS = {
    "SELECT a.Name FROM Account AS a": "the other does not know AS, which two other grammars take",
    "SELECT Id FROM Account, Contact": "whether the second name is a relationship, the schema says, not the grammar",
    "SELECT Id FROM Account WHERE Name IN 'A'": "the other takes one text for a list, which an org does not",
}
"""Texts of our own on which the two differ, each with the reason."""


def verdicts(texts: Sequence[str], folder: Path) -> list[bool]:
    """What the other parser says of each."""
    file = folder / "texts.json"
    file.write_text(json.dumps(texts), encoding="utf-8")
    return list(run_script(SCRIPT, str(file)))


def is_taken(soql: str) -> bool:
    try:
        parse(soql)
    except OrgError:
        return False
    return True


def test_both_parsers_take_and_refuse_the_same_texts(tmp_path: Path) -> None:
    texts = OWN.read_text(encoding="utf-8").splitlines()
    theirs = dict(zip(texts, verdicts(texts, tmp_path), strict=True))

    assert len(set(texts)) == len(texts) > 100
    assert {text for text in texts if is_taken(text) != theirs[text]} == set(REASONS)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of SOQL texts is not here")
def test_both_parsers_agree_on_the_corpus(tmp_path: Path) -> None:
    entries = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    texts = [entry["soql"] for entry in entries if not entry["bind"]]
    theirs = dict(zip(texts, verdicts(texts, tmp_path), strict=True))

    assert len(texts) > 400
    assert [text for text in texts if is_taken(text) != theirs[text]] == []
