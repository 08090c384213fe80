"""The currency of an object's amounts, said where people look: in the log and in the column's comment."""

from __future__ import annotations

import logging
from collections.abc import Mapping as Dictionary
from typing import Any

from sqlalchemy import Connection

from closedwon.mapping.currency import has_several, in_words
from closedwon.mapping.model import Mapping
from closedwon.warehouse.currency_comment import note_currency

log = logging.getLogger(__name__)


def tell_currency(connection: Connection, mapping: Mapping, describe: Dictionary[str, Any]) -> None:
    """Log and note whether the amounts are in the default currency, or each record in its own."""
    if mapping.currency is not None:
        is_several = has_several(describe)
        log.info("%s: %s", mapping.name, in_words(mapping.currency, mapping, is_several=is_several))
        note_currency(connection, mapping, is_several=is_several)
