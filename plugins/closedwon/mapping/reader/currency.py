"""Reading of `receive.currency`: it stands for one more field that is received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import yaml

from closedwon.mapping.currency import to_field
from closedwon.mapping.model import Currency, Mapping
from closedwon.mapping.model.names import OWN_COLUMNS, SYSTEM_COLUMNS
from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.model_reader import node_at
from closedwon.mapping.reader.yaml_nodes import keys_of, line_of


def add_currency(mapping: Mapping, root: yaml.Node, findings: FileFindings) -> Mapping:
    """Return the mapping with the field that fills the column of `receive.currency`, if it has this section."""
    currency = mapping.receive.currency if mapping.receive is not None else None
    if currency is None:
        return mapping
    node = node_at(root, ("receive", "currency"))
    for key, message in _check(currency, keys_of(node)):
        findings.note(line_of(node_at(node, (key,))), message)
    return replace(mapping, fields=(*mapping.fields, to_field(currency, line_of(node))))


def _check(currency: Currency, keys: set[str]) -> Iterator[tuple[str, str]]:
    if currency.column in OWN_COLUMNS:
        yield "column", f"the column '{currency.column}' is filled by the load itself: choose another name"
    if currency.column in SYSTEM_COLUMNS:
        yield "column", f"'{currency.column}' is a column that Postgres itself gives every table: choose another name"
    if "known" in keys and not currency.known:
        yield "known", "`known` is an empty list: name at least one"
    if currency.default not in currency.codes:
        yield "known", f"`known` lacks the default {currency.default}, so that no row could have it: add it"
    for code, count in Counter(currency.known).items():
        if count > 1:
            yield "known", f"`known` has {code} twice: keep one"
