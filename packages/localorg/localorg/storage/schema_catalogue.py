"""Objects of the org with tables and key prefixes: those of the schema files, and those added later."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from localorg.errors import not_found
from localorg.ids import custom_key_prefix
from localorg.schema.access import as_user, with_access
from localorg.schema.model import Schema, SObject
from localorg.schema.sobjects import to_sobject
from localorg.storage.store import Store


class Catalogue:
    """Immutable schemas, each replaced by a new one whenever something is added."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self._store = store
        self.whole = replace(schema, objects=())
        """All objects, as the org itself sees them."""
        with store.writing() as connection:
            for sobject in schema.objects:
                self._adopt(connection, sobject, {o.key_prefix for o in schema.objects})
            for name, definition in store.learned(connection):
                self._adopt(connection, to_sobject(name, definition, self.whole.find(name)))
        self.seen = as_user(self.whole)
        """The same, as far as the user has rights to them."""

    def sobject(self, name: str) -> SObject:
        """Return the object of that name, as far as the user has rights to it.

        Raises:
            OrgError: NOT_FOUND.
        """
        found = self.seen.find(name)
        if found is None:
            raise not_found()
        return found

    def replace(self, whole: Schema) -> None:
        """Replace the schema."""
        if whole is not self.whole:
            self.whole, self.seen = whole, as_user(whole)

    def learn(self, name: str, definition: dict[str, Any]) -> None:
        """Add an object, or fields to one, by a definition as in YAML; it is kept in the file."""
        with self._store.writing() as connection:
            sobject = self._adopt(connection, to_sobject(name, definition, self.whole.find(name)))
            self._store.remember_learned(connection, sobject.name, definition)
            self.seen = as_user(self.whole)

    def add_object(self, name: str) -> None:
        """Add a custom object with a Name, unless it exists."""
        if self.seen.find(name) is None:
            self.learn(name, {})

    def add_field(self, sobject: str, name: str, *, length: int = 255) -> None:
        """Add a text field, unless it exists."""
        found = self.sobject(sobject)
        if found.find(name) is None:
            self.learn(found.name, {"fields": {name: {"type": "text", "length": length}}})

    def set_access(self, name: str, access: str | None) -> None:
        """Set an object or a field, `Account` or `Account.Fax`, to `hidden` or `readonly` for the user; None gives all
        rights.

        Raises:
            OrgError: NOT_FOUND.
        """
        try:
            self.replace(with_access(self.whole, name, access))
        except KeyError as error:
            raise not_found() from error

    def _adopt(self, connection: Connection, sobject: SObject, taken: Set[str] = frozenset()) -> SObject:
        sobject = self._with_prefix(connection, sobject, taken | {o.key_prefix for o in self.whole.objects})
        self._store.prepare(connection, sobject)
        self.whole = self.whole.with_object(sobject)
        return sobject

    def _with_prefix(self, connection: Connection, sobject: SObject, taken: Set[str]) -> SObject:
        """Return the object with a key prefix: its own, the one it was given before, or the next one that is free."""
        if sobject.key_prefix:
            return sobject
        known = self._store.key_prefixes(connection)
        if sobject.name not in known:
            taken = taken | set(known.values())
            known[sobject.name] = next(p for p in map(custom_key_prefix, range(len(taken) + 1)) if p not in taken)
            self._store.remember_key_prefix(connection, sobject.name, known[sobject.name])
        return replace(sobject, key_prefix=known[sobject.name])
