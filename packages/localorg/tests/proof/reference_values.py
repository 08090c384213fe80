"""What an operand of a query is for one record, or for one group of records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from proof_world import QueryContext, Row
from reference_texts import fold

from localorg.schema.model import TEXT_TYPES, Field
from localorg.soql.syntax import tree


@dataclass(frozen=True)
class Group:
    """Records that an answer speaks of together; one that stands for itself is a group of one."""

    rows: list[Row]
    totalled: frozenset[str] = frozenset()
    """In a line of subtotals, the fields over whose values it goes."""


@dataclass(frozen=True)
class Scope:
    """One FROM: the object, its alias, and whether deleted records are there."""

    world: QueryContext
    sobject: str
    alias: str | None
    include_deleted: bool

    def rows(self) -> list[Row]:
        return [row for row in self.world.rows.get(self.sobject, []) if self.include_deleted or not row["IsDeleted"]]

    def parent(self, record_id: str | None) -> tuple[str, Row] | None:
        """The object and the record of an id, unless it is deleted."""
        found = self.world.by_id.get(record_id or "")
        return None if found is None or (found[1]["IsDeleted"] and not self.include_deleted) else found


@dataclass(frozen=True)
class Cell:
    """A value, with the field whose type it has."""

    value: Any
    field: Field

    @property
    def kind(self) -> str:
        return self.field.type

    @property
    def compared(self) -> Any:
        """What `=` and `<` see. A boolean is never null: where it is not there, it is false."""
        if self.kind == "boolean":
            return bool(self.value)
        if isinstance(self.value, str) and self.kind in TEXT_TYPES and not self.field.case_sensitive:
            return fold(self.value)
        return self.value

    @property
    def sorted_by(self) -> Any:
        """What ORDER BY, MIN and MAX see: a picklist is in the order of its setup, what is not in it comes after."""
        labels = [fold(entry.value) for entry in self.field.values]
        if self.kind != "picklist" or self.value is None:
            return self.compared
        own = fold(self.value)
        return (labels.index(own) if own in labels else len(labels), own)


def evaluate(scope: Scope, operand: tree.Operand, group: Group) -> Cell:
    """The value of a field, of a date function or of an aggregate. A subtotal has no value for what it goes over."""
    if isinstance(operand, tree.Path):
        if name_of(scope, operand) in group.totalled:
            return Cell(None, find_field(scope, operand.names))
        return read(scope, operand.names, group.rows[0])
    argument = operand.arguments[0]
    assert isinstance(argument, tree.Path | tree.Call)
    if operand.name == "GROUPING":
        return Cell(int(name_of(scope, argument) in group.totalled), _field("int"))
    if operand.name in _DATE_FUNCTIONS:
        day = None if name_of(scope, operand) in group.totalled else evaluate(scope, argument, group).value
        return Cell(_apply(_DATE_FUNCTIONS[operand.name], day), _field("int"))
    cells = [evaluate(scope, argument, Group([row])) for row in group.rows]
    field = find_field(scope, argument.names) if isinstance(argument, tree.Path) else _field("int")
    return _AGGREGATES[operand.name]([cell for cell in cells if cell.value is not None], field)


def name_of(scope: Scope, operand: tree.Operand | tree.Value) -> str:
    """What tells an operand from others, however it is written."""
    if isinstance(operand, tree.Path):
        return ".".join(spelled(scope, operand.names))
    assert isinstance(operand, tree.Call)
    return f"{operand.name}({', '.join(name_of(scope, argument) for argument in operand.arguments)})"


def read(scope: Scope, names: tuple[str, ...], row: Row) -> Cell:
    """The field at the end of a path; null where a parent on the way is not there."""
    field = find_field(scope, names)
    *relationships, last = _without_alias(scope, names)
    at: tuple[str, Row] | None = (scope.sobject, row)
    for relationship in relationships:
        at = at and follow(scope, at, relationship)
    if at is None:
        return Cell(None, field)
    if field is _PARENT_TYPE:
        return Cell(at[0], field)
    own = _sobject(scope, at[0]).find(last)
    return Cell(at[1].get(own.name) if own else None, field)


def follow(scope: Scope, at: tuple[str, Row], relationship: str) -> tuple[str, Row] | None:
    """The parent behind a relationship."""
    reference = _sobject(scope, at[0]).relationship(relationship)
    return scope.parent(at[1].get(reference.name)) if reference else None


def find_field(scope: Scope, names: tuple[str, ...]) -> Field:
    """The field that a path names, by the schema alone."""
    *relationships, last = _without_alias(scope, names)
    objects = [_sobject(scope, scope.sobject)]
    for relationship in relationships:
        references = [found for o in objects if (found := o.relationship(relationship))]
        objects = [_sobject(scope, target) for reference in references for target in reference.reference_to]
    if len(objects) > 1 and last.lower() == "type":
        return _PARENT_TYPE
    return next(found for o in objects if (found := o.find(last)))


def spelled(scope: Scope, names: tuple[str, ...]) -> tuple[str, ...]:
    """A path as the schema writes it."""
    *relationships, _ = _without_alias(scope, names)
    objects = [_sobject(scope, scope.sobject)]
    written = []
    for name in relationships:
        references = [found for o in objects if (found := o.relationship(name))]
        written.append(references[0].relationship or name)
        objects = [_sobject(scope, target) for reference in references for target in reference.reference_to]
    return (*written, find_field(scope, names).name)


def _without_alias(scope: Scope, names: tuple[str, ...]) -> tuple[str, ...]:
    first = names[0].lower()
    is_own = first == (scope.alias or scope.sobject).lower() and not _sobject(scope, scope.sobject).relationship(first)
    return names[1:] if is_own and len(names) > 1 else names


def _sobject(scope: Scope, name: str) -> Any:
    return scope.world.schema.find(name)


def _field(kind: str) -> Field:
    return Field(kind.title(), kind, kind)


_PARENT_TYPE = Field("Type", "string", "Type")


def _apply(function: Callable[[date], int], value: date | None) -> int | None:
    return None if value is None else function(value)


def _week_of_year(day: date) -> int:
    """Weeks of seven days from 1 January on."""
    return (day.timetuple().tm_yday - 1) // 7 + 1


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


_DATE_FUNCTIONS: dict[str, Callable[[Any], int]] = {
    "CALENDAR_YEAR": lambda day: day.year,
    "CALENDAR_QUARTER": lambda day: (day.month + 2) // 3,
    "CALENDAR_MONTH": lambda day: day.month,
    "FISCAL_YEAR": lambda day: day.year,
    "FISCAL_QUARTER": lambda day: (day.month + 2) // 3,
    "FISCAL_MONTH": lambda day: day.month,
    "DAY_IN_YEAR": lambda day: day.timetuple().tm_yday,
    "DAY_IN_MONTH": lambda day: day.day,
    "DAY_IN_WEEK": lambda day: day.isoweekday() % 7 + 1,
    "WEEK_IN_YEAR": lambda day: _week_of_year(_day(day)),
    "WEEK_IN_MONTH": lambda day: (day.day - 1) // 7 + 1,
    "HOUR_IN_DAY": lambda moment: moment.hour,
}


def _sum(cells: list[Cell], field: Field) -> Cell:
    return Cell(sum(cell.value for cell in cells) if cells else None, field)


def _average(cells: list[Cell], _field_of: Field) -> Cell:
    return Cell(sum(cell.value for cell in cells) / len(cells) if cells else None, _field("double"))


def _least(cells: list[Cell], field: Field) -> Cell:
    return Cell(min(cells, key=lambda cell: cell.sorted_by).value if cells else None, field)


def _greatest(cells: list[Cell], field: Field) -> Cell:
    return Cell(max(cells, key=lambda cell: cell.sorted_by).value if cells else None, field)


_AGGREGATES: dict[str, Callable[[list[Cell], Field], Cell]] = {
    "COUNT": lambda cells, _: Cell(len(cells), _field("int")),
    "COUNT_DISTINCT": lambda cells, _: Cell(len({cell.compared for cell in cells}), _field("int")),
    "SUM": _sum,
    "AVG": _average,
    "MIN": _least,
    "MAX": _greatest,
}
AGGREGATES = frozenset(_AGGREGATES)
