"""The forms that names have in mapping files; each is a type that pydantic checks and JSON Schema shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import pydantic
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

STRICT = pydantic.ConfigDict(extra="forbid", use_attribute_docstrings=True)
"""For every model of a file: an unknown key is an error, and the docstring of a key is its text in docs and editors."""

SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
"""Columns that Postgres itself gives every table: no other column can have such a name."""

SCOPE_COLUMN = "is_out_of_scope"
"""Column of the tables whose mapping has `receive.where`: true for a record that meets the condition no longer."""

OWN_COLUMNS = ("id", "salesforce_id", "system_modstamp", "is_deleted", SCOPE_COLUMN, "loaded_at")
"""Columns that the load fills in the tables of received mappings, whatever their fields."""

ALWAYS_READ = ("id", "isdeleted", "systemmodstamp")
"""Fields that are read of each record of a received mapping, in small letters: they fill columns of `OWN_COLUMNS`."""

PEOPLE_TABLE = "delivery.people"
"""The table of our own people, which the team fills and no mapping does."""

LONGEST_NAME = 63
"""Characters that Postgres keeps of a name."""


@dataclass(frozen=True)
class Matches:
    """Demand that a text matches a pattern as a whole; `refusal` follows the text seen: "is not ..."."""

    pattern: str
    refusal: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"pattern": f"^{self.pattern}$"}

    def _check(self, seen: str) -> str:
        if re.fullmatch(self.pattern, seen) is None:
            raise PydanticCustomError("unfit", "{refusal}", {"refusal": self.refusal})
        return seen


_SALESFORCE = "[A-Za-z][A-Za-z0-9_]*"
ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s]+"
"""An e-mail address, for Python and for Postgres."""
_WAREHOUSE = "[a-z][a-z0-9_]{0,62}"

ObjectName = Annotated[str, Matches(_SALESFORCE, "is not the plain name of a Salesforce object such as Account")]
FieldName = Annotated[str, Matches(_SALESFORCE, "is not the plain name of a Salesforce field such as Name")]
FieldPath = Annotated[
    str,
    Matches(
        rf"{_SALESFORCE}(\.{_SALESFORCE})*", "is not the plain name of a Salesforce field such as Name or Owner.Email"
    ),
]
ColumnName = Annotated[
    str, Matches(_WAREHOUSE, "is not the plain name of a column: small letters, digits, _, at most 63")
]
ColumnPath = Annotated[
    str,
    Matches(
        rf"{_WAREHOUSE}(\.{_WAREHOUSE})?",
        "is not the plain name of a column such as name, or of its parent's: account_id.name",
    ),
]
TableName = Annotated[
    str, Matches(rf"{_WAREHOUSE}\.{_WAREHOUSE}", "is not the plain name of a table such as crm.accounts")
]
FileId = Annotated[str, Matches("[A-Za-z0-9_-]+", "is not a plain id: letters, digits, _ and -")]
EmailAddress = Annotated[str, Matches(ADDRESS, "is not an e-mail address")]
