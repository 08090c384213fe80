"""Public functions say what they do, beginning with a verb, as engineers read it in an editor."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "plugins" / "closedwon"
NO_VERBS = {"A", "An", "The", "What", "Whether", "Where", "Within"}


def is_described_as_a_noun(function: ast.FunctionDef) -> bool:
    names = {ast.unparse(decorator) for decorator in function.decorator_list}
    return bool(names & {"property", "cached_property"}) or function.name.startswith(("is_", "has_"))


def test_the_docstring_of_a_public_function_begins_with_a_verb() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}: {node.name}: {text.splitlines()[0]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not is_described_as_a_noun(node)
        if (text := ast.get_docstring(node)) and text.split(maxsplit=1)[0] in NO_VERBS
    ]

    assert wrong == []
