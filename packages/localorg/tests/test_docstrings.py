"""Every function says what it does, beginning with a verb, as engineers read it in an editor."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "localorg"
NO_VERBS = {
    "A",
    "All",
    "An",
    "Each",
    "Every",
    "How",
    "Nothing",
    "One",
    "The",
    "This",
    "Those",
    "What",
    "Where",
    "Whether",
}
"""Words that begin a description of a result instead."""


def test_the_docstring_of_a_function_begins_with_a_verb() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}: {node.name}: {text.split(maxsplit=1)[0]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (text := ast.get_docstring(node))
        if not text[0].isupper() or text.split(maxsplit=1)[0].rstrip(",;.") in NO_VERBS
    ]

    assert wrong == []


def test_every_module_and_public_class_has_a_docstring_that_asks_no_question() -> None:
    questions = {"How", "What", "When", "Where", "Whether", "Which", "Who", "Whom", "Why"}
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for node in (module, *(n for n in ast.walk(module) if isinstance(n, ast.ClassDef))):
            text = ast.get_docstring(node) or ""
            if text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0] in questions:
                wrong.append(f"{path.relative_to(PACKAGE)}: {text}")

    assert wrong == []
