"""Every function says what it does, beginning with a verb, as engineers read it in an editor."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
Function = ast.FunctionDef | ast.AsyncFunctionDef
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
        f"{place}: {text.splitlines()[0]}"
        for place, _, text in functions_with_a_docstring()
        if not text[0].isupper()
        or (word := text.split(maxsplit=1)[0].rstrip(",;.")) in NO_VERBS
        or is_third_person(word)
    ]

    assert wrong == []


def test_the_docstring_of_a_generator_begins_with_yield() -> None:
    wrong = [
        f"{place}: {text.splitlines()[0]}"
        for place, function, text in functions_with_a_docstring()
        if yields(function) and not is_context_manager(function) and not text.startswith("Yield ")
    ]

    assert wrong == []


def test_every_module_and_public_class_has_a_docstring_that_asks_no_question() -> None:
    questions = {"How", "What", "When", "Where", "Whether", "Which", "Who", "Whom", "Why"}
    wrong = []
    for path in sorted((PACKAGE / "localorg").rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for node in (module, *(n for n in ast.walk(module) if isinstance(n, ast.ClassDef))):
            text = ast.get_docstring(node) or ""
            if text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0] in questions:
                wrong.append(f"{path.relative_to(PACKAGE)}: {text}")

    assert wrong == []


def functions_with_a_docstring() -> Iterator[tuple[str, Function, str]]:
    """Yield where each function of the package and its benchmark stands, the function, and its docstring."""
    for path in (path for folder in ("localorg", "bench") for path in sorted((PACKAGE / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function) and (text := ast.get_docstring(node)):
                yield f"{path.relative_to(PACKAGE)}: {node.name}", node, text


def is_third_person(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss")


def is_context_manager(function: Function) -> bool:
    return any("contextmanager" in ast.unparse(decorator) for decorator in function.decorator_list)


def yields(function: Function) -> bool:
    """Return whether the function itself yields, and not one inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))
    return False
