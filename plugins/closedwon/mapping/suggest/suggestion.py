"""A suggested mapping file, with its value maps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

from closedwon.errors import MappingFault
from closedwon.mapping.model import Mapping
from closedwon.mapping.reader.task_names import TASK_IDS
from closedwon.mapping.suggest.column_names import to_snake
from closedwon.mapping.suggest.field_lines import FieldLine, is_always_read, make_lines, why_left_out
from closedwon.mapping.suggest.layout import to_comments, to_yaml
from closedwon.mapping.suggest.parents import find_parents
from closedwon.mapping.suggest.picklists import to_csv

_LONGEST_PLURAL = 40


@dataclass(frozen=True)
class Suggestion:
    """A mapping file that fits an object, and the value maps that go with it."""

    file: str
    """Its name in the folder of mapping files."""
    sobject: str
    text: str
    value_maps: Dictionary[str, str]
    """The texts of the value maps by the path of their files; empty where the text shows them as comments."""

    @property
    def files(self) -> dict[str, str]:
        """All of its files, by their path in the folder."""
        return {**self.value_maps, self.file: self.text}


def suggest_mapping(
    describe: Dictionary[str, Any], mappings: Sequence[Mapping], *, table: str | None = None, with_values: bool = False
) -> Suggestion:
    """Return a mapping of every field of an object that can be received.

    Args:
        describe: the response of `/sobjects/<object>/describe`.
        mappings: those that there are, whose tables it can refer to.
        table: the table that is to hold the rows; default: that of a mapping of the object, else one in `crm`.
        with_values: whether picklists get value maps of their own; else these are comments at the end of the file.

    Raises:
        MappingFault: the object has no field that can be received, or none that tells what has changed.
    """
    sobject = describe["name"]
    table, file = _choose_place(describe, mappings, table)
    lines = make_lines(describe, find_parents(mappings, sobject, table))
    _refuse_unreadable(describe, lines)
    named = {f"{file.removesuffix('.yaml')}_{line.column}": line for line in lines if line.codes}
    left_out = [
        f"{seen['name']}: {reason}"
        for seen in describe["fields"]
        if (reason := why_left_out(seen)) and not is_always_read(seen)
    ]
    if not with_values:
        return Suggestion(file, sobject, to_yaml(sobject, table, lines, {}, left_out) + to_comments(named), {})
    text = to_yaml(sobject, table, lines, {line.column: name for name, line in named.items()}, left_out)
    return Suggestion(file, sobject, text, {f"values/{name}.csv": to_csv(line.codes) for name, line in named.items()})


def _choose_place(describe: Dictionary[str, Any], mappings: Sequence[Mapping], table: str | None) -> tuple[str, str]:
    """Return table and file: those of the mapping that the object has already, else new ones."""
    for mapping in mappings:
        if mapping.received and mapping.sobject == describe["name"] and table in (None, mapping.table):
            return mapping.table, mapping.file
    table = table or _choose_table(describe, {mapping.table for mapping in mappings})
    return table, _choose_file(table, {mapping.file for mapping in mappings})


def _choose_table(describe: Dictionary[str, Any], taken: Collection[str]) -> str:
    """Return a table called as people call the object's records, or by its API name where that is of no use."""
    plural, name = to_snake(describe.get("labelPlural") or ""), to_snake(describe["name"])
    tables = [f"crm.{one}" for one in (plural, name) if one[:1].isalpha() and len(one) <= _LONGEST_PLURAL]
    return next((table for table in tables if table not in taken), f"crm.{name[:_LONGEST_PLURAL]}_records")


def _choose_file(table: str, taken: Collection[str]) -> str:
    name = table.rsplit(".", 1)[-1]
    return f"{name}_received.yaml" if name in TASK_IDS or f"{name}.yaml" in taken else f"{name}.yaml"


def _refuse_unreadable(describe: Dictionary[str, Any], lines: Sequence[FieldLine]) -> None:
    names = {seen["name"].casefold() for seen in describe["fields"]}
    if "systemmodstamp" not in names:
        raise MappingFault(
            f"{describe['name']} has no field SystemModstamp, or it is hidden from the integration user: an import "
            "could not tell which records have changed.",
            remedy="Map an object that has it, as all objects with records of business have.",
        )
    if not any(line.direction == "receive" for line in lines):
        raise MappingFault(
            f"{describe['name']} has no field that can be received, of {len(names)} that the org shows.",
            remedy="Give the integration user the right to read its fields, by a permission set.",
        )
