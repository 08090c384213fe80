"""The text of a suggested mapping file, its lines in columns as in the files that are shipped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary

import yaml

from closedwon.mapping.suggest.field_lines import FieldLine
from closedwon.mapping.suggest.picklists import to_csv

_TITLES = ("Salesforce field", "column", "type", "direction", "what else")


def to_yaml(
    sobject: str, table: str, lines: Sequence[FieldLine], value_maps: Dictionary[str, str], left_out: Sequence[str]
) -> str:
    """Return the text of a mapping file.

    Args:
        value_maps: the names of value maps, by column.
        left_out: the fields without a line, each with the reason.
    """
    head = [
        "# yaml-language-server: $schema=mapping.schema.json",
        f"# Suggested by `closedwon suggest {sobject}` from the org's describe: take out what you do not need.",
        f"sobject: {_to_scalar(sobject)}",
        f"table: {table}",
        "direction: receive",
        "fields:",
    ]
    tail = ["# Not mapped:", *(f"#   {one}" for one in left_out)] if left_out else []
    return "".join(f"{line}\n" for line in [*head, *_to_rows(lines, value_maps), *tail])


def to_comments(value_maps: Dictionary[str, FieldLine]) -> str:
    """Return value maps as comments below a mapping, each with the line of its file; empty where there is none.

    Args:
        value_maps: the line of each, by the name of the value map.
    """
    if not value_maps:
        return ""
    texts = [
        "",
        "Picklists come in as Salesforce holds them. For codes of your own, save a list of these as its file, correct",
        "its codes, and give the field `values` with the name; `closedwon suggest --write` does so for all of them.",
    ]
    for name, line in value_maps.items():
        lists = to_csv(line.codes).split("\n")[:-1]
        texts += ["", f"values/{name}.csv, for {line.salesforce}:", *(f"  {one}" for one in lists)]
    return "".join(f"# {_to_visible(text)}".rstrip() + "\n" for text in texts)


def _to_rows(lines: Sequence[FieldLine], value_maps: Dictionary[str, str]) -> Iterable[str]:
    cells = [_to_cells(line, value_maps.get(line.column)) for line in lines]
    widths = [max(len(row[place]) for row in cells) for place in range(len(_TITLES))]
    titles = ("# " + _TITLES[0], *_TITLES[1:])
    # A title begins where its column does, and that of the first where the names do.
    starts = [widths[0] + 2, *widths[1:]]
    yield ("  " + " ".join(title.ljust(width) for title, width in zip(titles, starts, strict=True))).rstrip()
    for row in cells:
        yield ("  - " + " ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()


def _to_cells(line: FieldLine, value_map: str | None) -> tuple[str, ...]:
    more = []
    if line.required:
        more.append("required: true")
    if line.references:
        more.append(f"references: {_to_tables(line.references)}")
    if value_map:
        more.append(f"values: {value_map}")
    if line.note:
        more.append(f"note: {json.dumps(line.note, ensure_ascii=False)}")
    return (
        f"{{salesforce: {_to_scalar(line.salesforce)},",
        f"column: {_to_scalar(line.column)},",
        f"type: {line.type},",
        f"direction: {line.direction}{',' if more else '}'}",
        f"{', '.join(more)}}}" if more else "",
    )


def _to_tables(tables: str | tuple[str, ...]) -> str:
    return tables if isinstance(tables, str) else f"[{', '.join(tables)}]"


def _to_scalar(name: str) -> str:
    """Return a name as YAML reads it as text: in quotes where it means something else, as `on` and `null` do."""
    return name if yaml.safe_load(name) == name else f'"{name}"'


def _to_visible(text: str) -> str:
    """Return a text without signs that would end a comment, or that YAML refuses even there."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
