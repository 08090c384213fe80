"""Reading of `suites/<mapping>.yaml`: expectations of a table's rows, besides those derived from the mapping."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import yaml

from closedwon.mapping.model import Field
from closedwon.mapping.model.suite import EXPECTATIONS, Entry
from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.model_reader import node_at, read_model
from closedwon.mapping.reader.yaml_nodes import as_list, line_of


def read_suite(root: yaml.Node, findings: FileFindings, received: Iterable[Field] | None) -> tuple[dict[str, Any], ...]:
    """Return the expectations of one file, each a dictionary of `expect`, its columns, its parameters and its note.

    Args:
        received: the fields whose columns a checked row has; None where the mapping file is broken, so that columns
            cannot be checked.
    """
    context = {"kinds": {field.column: field.kind for field in received} if received is not None else None}
    read = []
    for node in as_list(root, "a suite", findings, line_of(root)):
        model = EXPECTATIONS.get(str(node_at(node, ("expect",)).value), Entry)
        read.append(read_model(model, node, "an entry of a suite", findings, context=context))
    return tuple(_to_dictionary(entry) for entry in read if entry is not None)


def _to_dictionary(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in dataclasses.asdict(entry).items() if value is not None}
