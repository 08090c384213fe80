"""The page's answers to "How do I ...": each is a line that the loader accepts, and that changes what it reads."""

from __future__ import annotations

import pytest

from closedwon.mapping.model import Catalog
from closedwon.mapping.reader.assembly import assemble_catalog
from docs.how_to import ANSWERS, Answer, how_to
from docs.mapping_page import EXAMPLE


def read(files: dict[str, str]) -> Catalog:
    return assemble_catalog("example", tuple((name, text.encode()) for name, text in files.items()))


@pytest.mark.parametrize("answer", [one for one in ANSWERS if one.line], ids=lambda answer: answer.question)
def test_an_answer_is_accepted_and_does_something(answer: Answer) -> None:
    bent = EXAMPLE | {answer.file: answer.apply(EXAMPLE[answer.file])}

    catalog = read(bent)

    assert [broken.message for broken in catalog.broken] == []
    assert answer.line.rstrip(", ") in bent[answer.file]
    assert catalog.mapping("accounts") != read(EXAMPLE).mapping("accounts") or answer.new == "{line}"


def test_the_page_shows_every_question_once() -> None:
    page = "\n".join(how_to())

    assert [page.count(f"| {answer.question} |") for answer in ANSWERS] == [1] * len(ANSWERS)
