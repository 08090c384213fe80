"""Functions say what they do, beginning with a verb in the imperative, as engineers read it in an editor.

The package in `packages/localorg` holds itself to the same, in its own `test_docstrings.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
FOLDERS = ("plugins/closedwon", "demo", "bench", "dags")
NO_VERBS = {
    "A",
    "All",
    "An",
    "Each",
    "How",
    "Nothing",
    "One",
    "Some",
    "The",
    "What",
    "When",
    "Where",
    "Whether",
    "Within",
}


def test_the_docstring_of_a_public_function_begins_with_a_verb() -> None:
    wrong = [
        f"{place}: {text.splitlines()[0]}"
        for place, function, text in functions_with_a_docstring()
        if not function.name.startswith("_") and not is_described_as_a_noun(function)
        if (word := text.split(maxsplit=1)[0].rstrip(",;.")) in NO_VERBS or is_third_person(word)
    ]

    assert wrong == []


def test_the_docstring_of_a_generator_begins_with_yield() -> None:
    wrong = [
        f"{place}: {text.splitlines()[0]}"
        for place, function, text in functions_with_a_docstring()
        if yields(function) and not is_context_manager(function) and not text.startswith("Yield ")
    ]

    assert wrong == []


def functions_with_a_docstring() -> Iterator[tuple[str, ast.FunctionDef, str]]:
    """Yield where each function stands, the function, and its docstring."""
    for path in (path for folder in FOLDERS for path in sorted((PROJECT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
                yield f"{path.relative_to(PROJECT)}: {node.name}", node, text


def is_described_as_a_noun(function: ast.FunctionDef) -> bool:
    names = {ast.unparse(decorator) for decorator in function.decorator_list}
    return bool(names & {"property", "cached_property"}) or function.name.startswith(("is_", "has_"))


def is_third_person(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss")


def is_context_manager(function: ast.FunctionDef) -> bool:
    return any("contextmanager" in ast.unparse(decorator) for decorator in function.decorator_list)


def yields(function: ast.FunctionDef) -> bool:
    """Return whether the function itself yields, and not one inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))
    return False
