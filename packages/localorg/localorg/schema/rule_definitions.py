"""Read rules and access of an object from their definitions in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localorg.schema.definition_format import SchemaError, check_keys
from localorg.schema.field_format import ACCESS
from localorg.schema.model import SObject
from localorg.schema.rollups_and_rules import DuplicateRule, ValidationRule

_RULE_KEYS = {"when", "message", "field"}
_DUPLICATE_KEYS = {"match", "action", "message"}


def with_rules(sobject: SObject, definition: Mapping[str, Any]) -> SObject:
    """Return the object with the rules of the definition, beside those that it has; one of a name that exists is
    replaced.

    Raises:
        SchemaError: a key that does not exist or is missing, or a field that the object does not have.
    """
    access = definition.get("access", sobject.access)
    if access not in (None, *ACCESS):
        raise SchemaError(f"access = {access!r} is not one of {', '.join(ACCESS)}.")
    rules = {rule.name: rule for rule in sobject.rules}
    for name, given in (definition.get("rules") or {}).items():
        rules[name] = _to_rule(sobject, name, given)
    duplicates = {rule.name: rule for rule in sobject.duplicate_rules}
    for name, given in (definition.get("duplicates") or {}).items():
        duplicates[name] = _to_duplicate_rule(sobject, name, given)
    if not rules and not duplicates and access == sobject.access:
        return sobject
    return replace(sobject, rules=tuple(rules.values()), duplicate_rules=tuple(duplicates.values()), access=access)


def _to_rule(sobject: SObject, name: str, given: Any) -> ValidationRule:
    _check(name, given, _RULE_KEYS, {"when", "message"})
    field = _field_name(sobject, name, given["field"]) if given.get("field") else None
    return ValidationRule(name, str(given["when"]), str(given["message"]), field)


def _to_duplicate_rule(sobject: SObject, name: str, given: Any) -> DuplicateRule:
    _check(name, given, _DUPLICATE_KEYS, {"match"})
    action = given.get("action", "block")
    if action not in ("block", "alert"):
        raise SchemaError(f"{name}: action = {action!r} is neither block nor alert.")
    match = tuple(_field_name(sobject, name, field) for field in given["match"])
    return DuplicateRule(name, match, action == "alert", str(given.get("message", DuplicateRule.message)))


def _field_name(sobject: SObject, rule: str, name: Any) -> str:
    field = sobject.find(str(name))
    if field is None:
        raise SchemaError(f"{rule}: {sobject.name} has no field '{name}'.")
    return field.name


def _check(name: str, given: Any, known: set[str], needed: set[str]) -> None:
    if not isinstance(given, Mapping) or not needed <= set(given):
        raise SchemaError(f"{name}: a rule needs {' and '.join(sorted(needed, reverse=True))}; it is {given!r}.")
    check_keys(given, known, f"{name}: ")
