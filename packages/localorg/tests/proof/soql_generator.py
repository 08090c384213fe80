"""Random SOQL over the objects of `proof_world`, all of it such as an org takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from proof_world import FIELDS, QueryContext
from soql_literals import day_literal, literal, pattern, plain_literal, skills
from soql_paths import DEEPEST, PathTo, all_paths

_SOURCES = tuple(name for name in FIELDS if name != "User")
"""Users are only asked for as owners and managers: an org has some that no test made."""
_CHILDREN = {
    "Account": ("Contacts", "Opportunities", "Tickets", "ChildAccounts", "Tasks"),
    "Contact": ("Tasks",),
    "Opportunity": ("Tickets", "Tasks"),
}
_JOINS = {
    "Account": (
        ("Id", "AccountId", "Contact"),
        ("Id", "Account__c", "Ticket__c"),
        ("OwnerId", "Id", "User"),
    ),
    "Contact": (("AccountId", "Id", "Account"), ("Id", "WhoId", "Task")),
    "Opportunity": (("AccountId", "AccountId", "Contact"), ("Id", "Deal__c", "Ticket__c")),
    "Ticket__c": (("Deal__c", "Id", "Opportunity"), ("Account__c", "AccountId", "Opportunity")),
}
"""For each object: the field, and what it is compared with."""
_OPERATORS = ("=", "!=", "<>", "<", "<=", ">", ">=")
_DAY_FUNCTIONS = (
    *("CALENDAR_YEAR", "CALENDAR_QUARTER", "CALENDAR_MONTH", "FISCAL_YEAR", "FISCAL_QUARTER", "FISCAL_MONTH"),
    *("DAY_IN_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK", "WEEK_IN_YEAR", "WEEK_IN_MONTH"),
)

Wanted = Callable[[PathTo], bool]


class SoqlGenerator:
    """Makes queries from one source of chance."""

    def __init__(self, random: Random, world: QueryContext) -> None:
        self._random = random
        self._world = world
        self._paths = all_paths(world.schema)

    def query(self) -> str:
        """The next query."""
        make = self._random.choices((self._records, self._aggregates, self._count), (60, 30, 10))[0]
        return make(self._random.choice(_SOURCES))

    def _records(self, sobject: str) -> str:
        source, prefix = self._source(sobject)
        columns = self._columns(sobject, self._random.randint(1, 6), prefix)
        columns += [
            f"({self._child_query(sobject, name)})" for name in _CHILDREN.get(sobject, ()) if self._is_likely(0.15)
        ]
        if sobject == "Task" and self._is_likely(0.3):
            columns = [column for column in columns if "what." not in column.lower()] + [self._type_of(prefix)]
        where = self._where(sobject, prefix, may_join=True)
        order = self._order_by(sobject, prefix, is_total=self._is_likely(0.6))
        return f"{self._word('SELECT')} {', '.join(columns)} FROM {source}{where}{order}{self._cut()}"

    def _child_query(self, parent: str, relationship: str) -> str:
        found = self._world.schema.find(parent)
        child = found and self._world.schema.child_relationship(found, relationship)
        assert child
        sobject = child.sobject.name
        columns = ", ".join(self._columns(sobject, self._random.randint(1, 3), ""))
        order = self._order_by(sobject, "", is_total=True) if self._is_likely(0.6) else ""
        limit = f" LIMIT {self._random.randint(1, 3)}" if order and self._is_likely(0.5) else ""
        return f"SELECT {columns} FROM {relationship}{self._where(sobject, '')}{order}{limit}"

    def _type_of(self, prefix: str) -> str:
        """What a task is about, by its kind."""
        kinds = self._random.sample(("Account", "Opportunity", "Ticket__c"), self._random.randint(1, 3))
        branches = [f"WHEN {kind} THEN {', '.join(self._columns(kind, 2, ''))}" for kind in kinds]
        otherwise = " ELSE Name, Id" if self._is_likely(0.5) else ""
        return f"{self._word('TYPEOF')} {prefix}What {' '.join(branches)}{otherwise} END"

    def _count(self, sobject: str) -> str:
        source, prefix = self._source(sobject)
        limit = f" LIMIT {self._random.randint(1, 20)}" if self._is_likely(0.3) else ""
        return f"SELECT {self._word('COUNT')}() FROM {source}{self._where(sobject, prefix, may_join=True)}{limit}"

    def _aggregates(self, sobject: str) -> str:
        number = self._random.choice((0, 1, 1, 2, 2, 3))
        groups = list(dict.fromkeys(self._group(sobject) for _ in range(number)))
        calls = [self._aggregate(sobject) for _ in range(self._random.randint(0 if groups else 1, 3))]
        calls = [call for call in calls if call.partition("(")[2].rstrip(")") not in groups]
        columns = [f"{group} g{number}" for number, group in enumerate(groups)]
        columns += [f"{call} a{number}" if self._is_likely(0.5) else call for number, call in enumerate(calls)]
        subtotals = self._random.choice(("ROLLUP", "CUBE")) if groups and self._is_likely(0.2) else None
        columns += [f"GROUPING({group}) s{number}" for number, group in enumerate(groups) if subtotals]
        soql = f"SELECT {', '.join(columns)} FROM {sobject}{self._where(sobject, '', may_join=True)}"
        if not groups:
            return soql
        grouped = f"{subtotals}({', '.join(groups)})" if subtotals else ", ".join(groups)
        soql += f" {self._word('GROUP BY')} {grouped}"
        if self._is_likely(0.4):
            soql += f" HAVING {self._having(sobject, groups)}"
        keys = self._random.sample([*groups, *calls], self._random.randint(0, len(groups) + len(calls)))
        return soql + self._by(keys) + self._cut()

    def _group(self, sobject: str) -> str:
        if self._is_likely(0.2):
            return self._day_function(sobject, "")
        return self._path(sobject, lambda path: path.is_groupable).path

    def _day_function(self, sobject: str, prefix: str) -> str:
        found = self._path(sobject, lambda path: path.is_day)
        is_hour = found.field.type == "datetime" and self._is_likely(0.3)
        name = "HOUR_IN_DAY" if is_hour else self._random.choice(_DAY_FUNCTIONS)
        return f"{name}({prefix}{found.path})"

    def _aggregate(self, sobject: str) -> str:
        name = self._random.choice(("COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"))
        if name in ("SUM", "AVG"):
            return f"{name}({self._path(sobject, lambda path: path.is_number).path})"
        if name in ("MIN", "MAX"):
            return f"{name}({self._path(sobject, lambda path: path.is_aggregatable).path})"
        return f"{name}({self._path(sobject, lambda path: path.field.type != 'boolean').path})"

    def _having(self, sobject: str, groups: list[str]) -> str:
        tests = [
            f"COUNT(CreatedDate) {self._random.choice(_OPERATORS)} {self._random.randint(0, 4)}",
            f"COUNT_DISTINCT(CreatedById) {self._random.choice(('=', '>'))} 1",
            f"MAX(CreatedDate) {self._random.choice(('<', '>='))} {day_literal(self._random)}",
        ]
        chosen = [path for path in self._paths[sobject] if path.path in groups and path.field.type != "boolean"]
        tests += [self._test(path, "") for path in chosen]
        return self._random.choice((" AND ", " OR ")).join(self._random.sample(tests, self._random.choice((1, 1, 2))))

    def _columns(self, sobject: str, number: int, prefix: str) -> list[str]:
        """Different fields, as the same one twice would be an error."""
        found = [self._path(sobject, lambda _: True).path for _ in range(number)]
        if self._is_likely(0.5):
            found.insert(0, "Id")
        return [prefix + self._cased(path) for path in dict.fromkeys(found)]

    def _source(self, sobject: str) -> tuple[str, str]:
        """What FROM says, and what paths then begin with."""
        if self._is_likely(0.15):
            return f"{sobject} {self._random.choice(('AS ', ''))}x", "x."
        return sobject, f"{sobject}." if self._is_likely(0.05) and sobject != "Account" else ""

    def _where(self, sobject: str, prefix: str, *, may_join: bool = False) -> str:
        if self._is_likely(0.2):
            return ""
        written = self._conditions(sobject, prefix, self._random.randint(0, 3))
        if may_join and sobject in _JOINS and self._is_likely(0.25):
            written = self._join(sobject, prefix) + (f" AND ({written})" if self._is_likely(0.5) else "")
        return f" {self._word('WHERE')} {written}"

    def _join(self, sobject: str, prefix: str) -> str:
        name, selected, inner = self._random.choice(_JOINS[sobject])
        operator = self._random.choice(("IN", "NOT IN", "not in"))
        return f"{prefix}{name} {operator} (SELECT {selected} FROM {inner}{self._where(inner, '')})"

    def _conditions(self, sobject: str, prefix: str, depth: int) -> str:
        if depth == 0 or self._is_likely(0.3):
            return self._condition(sobject, prefix)
        if self._is_likely(0.2):
            return f"{self._word('NOT')} ({self._conditions(sobject, prefix, depth - 1)})"
        inner = [self._conditions(sobject, prefix, depth - 1) for _ in range(self._random.randint(2, 3))]
        return self._word(self._random.choice((" AND ", " OR "))).join(f"({one})" for one in inner)

    def _condition(self, sobject: str, prefix: str) -> str:
        if self._is_likely(0.08):
            number = self._random.choice((1, 2, 4, 12, 2026))
            return f"{self._day_function(sobject, prefix)} {self._random.choice(_OPERATORS)} {number}"
        return self._test(self._path(sobject, lambda _: True), prefix)

    def _test(self, found: PathTo, prefix: str) -> str:
        """A condition on one field."""
        random, world, path = self._random, self._world, prefix + self._cased(found.path)
        if found.field.type == "multipicklist" and self._is_likely(0.8):
            chosen = ", ".join(skills(random) for _ in range(random.randint(1, 2)))
            return f"{path} {random.choice(('INCLUDES', 'EXCLUDES', 'includes'))} ({chosen})"
        if found.is_text and not found.is_only_equal and self._is_likely(0.35):
            return f"{path} {random.choice(('LIKE', 'like'))} {pattern(random, world, found)}"
        if found.field.type not in ("boolean", "multipicklist") and self._is_likely(0.25):
            members = ", ".join(literal(random, world, found) for _ in range(random.randint(1, 4)))
            return f"{path} {random.choice(('IN', 'NOT IN'))} ({members})"
        operator = random.choice(_OPERATORS[:3] if found.is_only_equal else _OPERATORS)
        return f"{path} {operator} {self._compared(found, operator)}"

    def _compared(self, found: PathTo, operator: str) -> str:
        """What a field can be compared with; nothing is more or less than null."""
        if operator in _OPERATORS[:3]:
            return literal(self._random, self._world, found)
        if found.is_day and self._is_likely(0.5):
            return day_literal(self._random)
        return plain_literal(self._random, self._world, found)

    def _order_by(self, sobject: str, prefix: str, *, is_total: bool) -> str:
        paths = [self._path(sobject, lambda path: path.is_sortable).path for _ in range(self._random.randint(0, 3))]
        return self._by(prefix + path for path in dict.fromkeys([*paths, "Id"] if is_total else paths))

    def _by(self, operands: Iterable[str]) -> str:
        directions = ("", " ASC", " DESC", " desc")
        nulls = ("", "", " NULLS LAST", " NULLS FIRST", " nulls last")
        keys = [operand + self._random.choice(directions) + self._random.choice(nulls) for operand in operands]
        return f" {self._word('ORDER BY')} {', '.join(keys)}" if keys else ""

    def _cut(self) -> str:
        limit = f" LIMIT {self._random.randint(1, 12)}" if self._is_likely(0.35) else ""
        return limit + (f" OFFSET {self._random.randint(0, 5)}" if self._is_likely(0.15) else "")

    def _path(self, sobject: str, is_wanted: Wanted) -> PathTo:
        """A field that is wanted, of the object itself or, less often, of a parent."""
        depth = self._random.choices(range(DEEPEST + 1), (65, 20, 10, 5))[0]
        wanted = [path for path in self._paths[sobject] if is_wanted(path)]
        return self._random.choice([path for path in wanted if path.depth == depth] or wanted)

    def _cased(self, path: str) -> str:
        """Names may be written in any case."""
        return path.swapcase() if self._is_likely(0.05) else path

    def _word(self, word: str) -> str:
        return word.lower() if self._is_likely(0.3) else word

    def _is_likely(self, probability: float) -> bool:
        return self._random.random() < probability
