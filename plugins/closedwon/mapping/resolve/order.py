"""The order of rules on one source: what `after` names, and what it cannot name. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from graphlib import TopologicalSorter

from closedwon.mapping.model import Rule
from closedwon.mapping.resolve.source_fields import Place
from closedwon.mapping.spelling import did_you_mean


def check_order(rules: Sequence[Rule], names: Collection[str]) -> Iterator[tuple[str, Place, str]]:
    """Yield findings where a rule cannot come after what it names, each with the file and its place there.

    Args:
        rules: those that can be read.
        names: of all rules.
    """
    by_name = {rule.name: rule for rule in rules}
    for rule in rules:
        for position, name in enumerate(rule.after):
            if message := _find_unfit(rule, name, by_name, names):
                yield rule.file, ("after", position), message


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """Return rules without findings of `check_order`, each behind those that it comes after."""
    by_name = {rule.name: rule for rule in rules}
    order = TopologicalSorter({rule.name: rule.after for rule in rules}).static_order()
    return [by_name[name] for name in order if name in by_name]


def _find_unfit(rule: Rule, name: str, by_name: Dictionary[str, Rule], names: Collection[str]) -> str | None:
    if name not in names:
        return f"there is no rule '{name}' to come after{did_you_mean(name, names)}: name one by its id"
    if name not in by_name:
        return None
    source = by_name[name].source
    if source != rule.source:
        return f"the rule {name} is on {source}, this one on {rule.source}, so that they never meet: take it out"
    if _comes_after(name, rule.name, by_name):
        return f"the rule {name} comes after this one already: take it out of one of the two"
    return None


def _comes_after(name: str, other: str, by_name: Dictionary[str, Rule]) -> bool:
    """Return whether the rule is the other one or comes after it, directly or through others."""
    seen, left = set[str](), [name]
    while left:
        one = left.pop()
        if one == other:
            return True
        if one not in seen and one in by_name:
            seen.add(one)
            left.extend(by_name[one].after)
    return False
