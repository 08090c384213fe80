"""The section `receive.currency` of a mapping file: in which currency an object's amounts are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Schema
from pydantic.dataclasses import dataclass

from closedwon.mapping.model.names import STRICT, ColumnName, Matches

CurrencyCode = Annotated[str, Matches("[A-Z]{3}", "is not the code of a currency such as EUR")]


@dataclass(frozen=True, config=STRICT)
class Currency:
    """In which currency the object's amounts are; where the org has several, each record says it itself."""

    column: ColumnName
    """The column beside the amounts, which holds the code of their currency."""
    default: CurrencyCode
    """The currency of all records of an org that has one; not used where the org has several."""
    known: Annotated[tuple[CurrencyCode, ...], Schema(json_schema_extra={"minItems": 1})] = ()
    """The currencies that our side has; default: the one in `default`. A record in another one goes to quarantine:
    no amount is converted."""

    @property
    def codes(self) -> tuple[str, ...]:
        """All currencies that our side has."""
        return self.known or (self.default,)
