"""Suggestion of a mapping file for an object of the org; nothing is written.

describe ─► suggest ─► check
                       └ the same that each import does: what is suggested can be used as it is
"""

from __future__ import annotations

from typing import Any

from simple_salesforce import Salesforce

from closedwon.errors import MappingFault
from closedwon.mapping.check import check_mapping
from closedwon.mapping.reader.assembly import Files, assemble_catalog
from closedwon.mapping.spelling import did_you_mean
from closedwon.mapping.suggest import Suggestion, suggest_mapping
from closedwon.salesforce.api_errors import Missing
from closedwon.salesforce.describe import list_objects, read_describe


def suggest(
    sf: Salesforce, files: Files, sobject: str, *, table: str | None = None, with_values: bool = False
) -> Suggestion:
    """Return a mapping of every field of an object that can be received, and that fits the org and the other files.

    Args:
        files: those of the folder of mapping files.
        table, with_values: as `suggest_mapping`.

    Raises:
        MappingFault: there is no such object, it cannot be received, or not into this table.
    """
    describe = _describe(sf, sobject)
    suggestion = suggest_mapping(describe, assemble_catalog("", files).mappings, table=table, with_values=with_values)
    _check(suggestion, files, describe)
    return suggestion


def _describe(sf: Salesforce, sobject: str) -> dict[str, Any]:
    try:
        return read_describe(sf, sobject)
    except Missing:
        hint = did_you_mean(sobject, list_objects(sf))
        raise MappingFault(
            f"The org has no object '{sobject}'{hint}, or hides it from the integration user. An object is called by "
            "its API name: a custom one ends in __c."
        ) from None


def _check(suggestion: Suggestion, files: Files, describe: dict[str, Any]) -> None:
    suggested = {file: text.encode() for file, text in suggestion.files.items()}
    catalog = assemble_catalog("", tuple({**dict(files), **suggested}.items()))
    broken = [str(finding) for one in catalog.broken if one.file in suggested for finding in one.findings]
    fitting = (one for one in catalog.mappings if one.file == suggestion.file)
    findings = broken or [finding for mapping in fitting for finding in check_mapping(mapping, describe)]
    if findings:
        raise MappingFault("\n".join([f"A mapping of {suggestion.sobject} cannot be made so:", *findings]))
