"""A mapping file: one Salesforce object, one warehouse table, and how fields become columns."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import field
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainValidator,
    SkipValidation,
    StrictBool,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic import Field as Schema
from pydantic.dataclasses import dataclass
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

from closedwon.kinds import KINDS, Kind
from closedwon.mapping.model.currency import Currency
from closedwon.mapping.model.interval import Interval
from closedwon.mapping.model.names import STRICT, ColumnName, FieldPath, FileId, ObjectName, TableName
from closedwon.mapping.model.receive import Announce, NewValue, Receive
from closedwon.mapping.model.send import Send
from closedwon.mapping.model.value_map import QUARANTINE, Quarantine, ValueMap
from closedwon.mapping.spelling import did_you_mean

Direction = Literal["receive", "send", "none"]
"""Seen from the warehouse, in words that the org's users know. `none` keeps the line and moves nothing."""

Write = Literal["always", "once"]
"""When a received field is written: whenever it differs, or when the row is made and never after."""

FieldType: TypeAlias = str
"""The name of one of `kinds.KINDS`."""

DIRECTIONS: tuple[str, ...] = get_args(Direction)

NEVER_DELETED = frozenset({"group", "organization", "profile", "recordtype", "user", "userrole"})
"""Objects without a field IsDeleted, in small letters: their records can be made inactive, but not deleted."""


def _is_kind(seen: str) -> str:
    if seen not in KINDS:
        message = "is not one of {kinds}{hint}"
        raise PydanticCustomError("unfit", message, {"kinds": ", ".join(KINDS), "hint": did_you_mean(seen, KINDS)})
    return seen


def _to_value_map(seen: Any, info: ValidationInfo) -> ValueMap | None:
    if seen is None or isinstance(seen, ValueMap):
        return seen
    if not isinstance(seen, str):
        raise PydanticKnownError("string_type")
    known: dict[str, ValueMap | None] = (info.context or {}).get("value_maps", {})
    if seen not in known:
        raise PydanticCustomError(
            "finding", "there is no values/{name}.csv{hint}", {"name": seen, "hint": did_you_mean(seen, known)}
        )
    return known[seen]


def _to_fallback(seen: Any) -> str | Quarantine | None:
    if seen is None or isinstance(seen, str | Quarantine):
        return seen
    raise PydanticKnownError("string_type")


def _refuse_never(seen: Any) -> Any:
    if seen == "never":
        raise PydanticCustomError("unfit", "is written `direction: none`: take `write` out")
    return seen


def _to_tables(seen: Any) -> Any:
    return seen if isinstance(seen, list | tuple) else (seen,)


_Kind = Annotated[FieldType, AfterValidator(_is_kind), WithJsonSchema({"enum": list(KINDS)})]
_Values = Annotated[ValueMap | None, PlainValidator(_to_value_map), WithJsonSchema({"type": "string"})]
_Fallback = Annotated[
    str | Quarantine | None, PlainValidator(_to_fallback), WithJsonSchema({"type": ["string", "null"]})
]
_Tables = Annotated[
    tuple[TableName, ...],
    BeforeValidator(_to_tables),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


@dataclass(frozen=True, config=STRICT)
class Field:
    """One line below `fields`: a Salesforce field, a column, and how values pass between them."""

    salesforce: FieldPath
    """The field's API name; with dots for a field of a parent record, which can only be received: Owner.Email."""
    column: ColumnName
    """The warehouse column."""
    type: _Kind
    """What the column holds; checked against the org's describe before any record moves."""
    direction: Direction
    """`receive` or `send`, as the mapping; `none` keeps the line and moves nothing."""
    otherwise: Annotated[tuple[FieldPath, ...], Schema(json_schema_extra={"minItems": 1})] = ()
    """Further Salesforce fields, in order: where those before are empty, the column has the first that is not."""
    required: StrictBool = False
    """A row that has no value here is not written: it goes to quarantine, or is not sent. Where a row that was sent has
    lost what it refers to, its record loses the reference, and keeps its other values."""
    values: _Values = None
    """The value map `values/<name>.csv`, label to code; one-to-one where the field is sent. A label there is what
    records hold, the picklist's API value, where people may see another text; case and outer blanks do not count. Where
    it changes, the next import reads all records, so that old rows follow; not for a new label whose records wait in
    quarantine."""
    fallback: _Fallback = field(default_factory=lambda: QUARANTINE)
    """What a label that the value map lacks becomes: a code, or null for empty. Default: the row goes to quarantine."""
    references: _Tables = ()
    """For `type: reference`, the parent's table; the row waits for the parent. As a list, for a field that refers to
    several objects or to records that may be hidden: the row waits for none. Where no table in the list has the record,
    the link is empty; its id is kept in any case."""
    find_by: Dictionary[FieldPath, ColumnName] = field(default_factory=dict)
    """For a reference whose row has no Salesforce id, such as one of our own people in `delivery.people`: Salesforce
    fields, each with the column of `references` that must have the same value, but for case and outer blanks. Taken is
    the one row in which all agree, and which is not marked inactive (`is_active`) or deleted; the record's id is not
    kept. Rows that are added there later are found when a record is read again."""
    default: Dictionary[ColumnName, str] = field(default_factory=dict)
    """With `find_by`: columns and texts of the one row that is taken where none is found, or several are. Without it,
    the reference is empty then."""
    without: Literal["skip"] | None = None
    """`skip`, for `type: reference`: a new record that refers to no parent is left out, counted and listed in
    `sync.quarantine` as `skipped`, and comes in when it gets one. A row that is there is updated in any case. Default:
    the record comes in without a parent."""
    write: Annotated[Write, BeforeValidator(_refuse_never)] = "always"
    """`once`: the import writes the value when it makes the row, and the column is the team's from then on. Rows that
    are there, linked by hand or matched keep theirs; a column that is new in the mapping is filled where it is empty,
    by the full read that follows. Default: `always`, so that the column follows the org."""
    note: str = ""
    """For people; shown as the column's comment in Postgres."""
    currency: SkipJsonSchema[Currency | None] = None
    """Of the field that the section `receive.currency` stands for."""
    line: SkipJsonSchema[int] = 0
    is_polymorphic: SkipJsonSchema[bool] = False
    """Whether the file gives `references` as a list."""
    parents: SkipJsonSchema[Dictionary[str, str]] = field(default_factory=dict)
    """Salesforce object to warehouse table, of the mappings that have the tables in `references`."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The Salesforce fields that fill the column: the first that has a value, or all by which a row is found."""
        return tuple(self.find_by) or (self.salesforce, *self.otherwise)

    @property
    def is_looked_up(self) -> bool:
        """Whether the column refers to a row that is found by its values."""
        return bool(self.find_by)

    @property
    def kept_id_column(self) -> str:
        """The column beside a polymorphic reference, for the Salesforce id of whatever record it leads to."""
        return f"{self.column}_salesforce_id"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that a row has of the field."""
        return (self.column, self.kept_id_column) if self.is_polymorphic else (self.column,)

    def to_label(self, code: str) -> str:
        """Return the label that people see in Salesforce for one of our codes."""
        return self.values.to_label(code) if self.values else code

    def to_code(self, label: str) -> str:
        """Return what the column holds for a label."""
        return self.values.to_code(label) if self.values else label

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def is_received(self) -> bool:
        return self.direction == "receive"

    @property
    def is_written_once(self) -> bool:
        return self.write == "once"

    @property
    def is_sent(self) -> bool:
        return self.direction == "send"


@dataclass(frozen=True, config=STRICT)
class Mapping:
    """One mapping file: one Salesforce object and one warehouse table."""

    name: SkipJsonSchema[str]
    """Its id, or the file's name."""
    file: SkipJsonSchema[str]
    sobject: ObjectName
    """The Salesforce object, by its API name."""
    table: TableName
    """The table that holds the rows; it carries `id` and `salesforce_id`."""
    direction: Direction
    """`receive` (org to warehouse), `send` (warehouse to org), or `none`, which puts the whole file aside."""
    fields: Annotated[tuple[Field, ...], Schema(json_schema_extra={"minItems": 1})]
    """One line per field."""
    receive: Receive | None = None
    """What only receiving can mean."""
    send: Send | None = None
    """What only sending can mean. Needed where fields are sent."""
    id: FileId | None = None
    """What Airflow and the warehouse call the mapping; default: the file's name. With an id, the file can be
    renamed."""
    active: StrictBool = True
    """`false`: no run reads or sends it, not one by hand either; its rows stay, and others can refer to them. The first
    run after it was `true` again goes on where the last one ended. Default: true."""
    every: Interval | None = None
    """How often scheduled runs read it at most, such as `20 minutes` or `2 hours`; default: each time. A run by hand
    reads it at once."""
    receive_lines: SkipJsonSchema[Dictionary[str, int]] = field(default_factory=dict)
    """The lines of the keys of `receive`."""
    expectations: SkipJsonSchema[SkipValidation[tuple[Dictionary[str, Any], ...]]] = ()
    """From the file of the same name in `suites`, beside those that follow from the fields."""
    digest: SkipJsonSchema[str] = ""
    """Changes when the file, one of its value maps or its suite changes: what was rejected under another digest
    is worth another try."""
    others_line: SkipJsonSchema[int] = 0
    """The line of `receive.others`; 0 where only the fields are received that have a line."""
    waits_for: SkipJsonSchema[tuple[str, ...]] = ()
    """The names of the broken mapping files whose tables it refers to, directly or through others."""

    @property
    def suite_file(self) -> str:
        """The file with what is expected of the mapping's rows, if there is one."""
        return f"suites/{self.file}"

    @property
    def selected(self) -> tuple[str, ...]:
        """The Salesforce fields that are read of each record, and so the header of its pages."""
        return (*self.stamped, *dict.fromkeys(name for f in self.received for name in f.sources))

    @property
    def stamped(self) -> tuple[str, ...]:
        """The Salesforce fields that tell which version of which record it is, and whether it is deleted."""
        deletion = () if self.sobject.casefold() in NEVER_DELETED else ("IsDeleted",)
        return ("Id", *deletion, "SystemModstamp")

    @property
    def where(self) -> str | None:
        """The condition, in SOQL, that the received records meet; None where all are received."""
        return self.receive.where if self.receive else None

    @property
    def received(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.is_received) if self.direction == "receive" else ()

    @property
    def converted(self) -> tuple[Field, ...]:
        """The received fields whose own values are read; the others are looked up by `find_by` when rows are loaded."""
        return tuple(f for f in self.received if not f.is_looked_up)

    @property
    def sought_by(self) -> dict[str, str]:
        """The Salesforce fields by which rows of other tables are found, each with its column in staging."""
        paths = dict.fromkeys(path for f in self.received for path in f.find_by)
        return {path: f"#path{number}" for number, path in enumerate(paths)}

    @property
    def new_values(self) -> Dictionary[str, NewValue]:
        """What rows that the import makes get besides their fields, by column."""
        return self.receive.new if self.receive and self.direction == "receive" else {}

    @property
    def announce(self) -> Announce:
        """Whether rows that the import makes are announced to other DAGs."""
        return self.receive.announce if self.receive else True

    @property
    def currency(self) -> Field | None:
        """The field that fills the column of `receive.currency`."""
        return next((field for field in self.received if field.currency is not None), None)

    @property
    def sent_from(self) -> str:
        """The view or table that holds what is sent."""
        return (self.send and self.send.read_from) or self.table

    @property
    def sent(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.is_sent) if self.direction == "send" else ()
