"""Person accounts: an account that is a person has a contact of its own, which follows what the account says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from localorg.errors import OrgError
from localorg.records.id_sequence import IdSequence
from localorg.records.record_context import RecordContext
from localorg.schema.model import SObject
from localorg.storage.conditions import among
from localorg.storage.store import Store

_SHARED = ("FirstName", "LastName", "Salutation", "Name", "Phone", "Fax", "OwnerId")
_PREFIX, _ENDING = "Person", "__pc"
_ONLY_OF_PEOPLE = ("LastName", "FirstName", "Salutation")


def has_people(sobject: SObject) -> bool:
    """Return whether the object is the account of an org with person accounts."""
    return sobject.name == "Account" and sobject.find("IsPersonAccount") is not None


def check_names(sobject: SObject, record: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Refuse the Name of a person, which is made of first and last name, and the names of a person for a business.

    Args:
        record: the account as it will be stored.

    Raises:
        OrgError: INVALID_FIELD_FOR_INSERT_UPDATE, REQUIRED_FIELD_MISSING.
    """
    if not has_people(sobject):
        return
    is_person = bool(record.get("IsPersonAccount"))
    wrong = [name for name in (("Name",) if is_person else _ONLY_OF_PEOPLE) if changes.get(name) is not None]
    if wrong:
        message = f"Account: bad field names on insert/update call: {', '.join(wrong)}"
        raise OrgError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, wrong)
    needed = "LastName" if is_person else "Name"
    if record.get(needed) is None:
        raise OrgError(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{needed}]", [needed])


class PersonContacts:
    """The contacts of person accounts in one store."""

    def __init__(self, store: Store, id_sequence: IdSequence) -> None:
        self._store = store
        self._id_sequence = id_sequence

    def follow(self, context: RecordContext, ids: Sequence[str]) -> None:
        """Create or update the contacts of the person accounts among these accounts, with the accounts' stamps."""
        connection, sobject = context.connection, context.sobject
        contact = context.schema.seen_by_system().find("Contact")
        if contact is None or not has_people(sobject):
            return
        accounts = context.table
        pairs = _pairs(sobject, contact)
        is_person = among(accounts.c["Id"], ids) & (accounts.c["IsPersonAccount"] == 1)
        for row in connection.execute(select(accounts).where(is_person)).mappings().all():
            account = dict(row)
            values = {theirs: account[ours] for ours, theirs in pairs.items()}
            values |= {stamp: account[stamp] for stamp in ("LastModifiedDate", "LastModifiedById", "SystemModstamp")}
            if account["PersonContactId"] is None:
                contact_id = self._make(connection, contact, {**values, **_first(account)})
                made = update(accounts).where(accounts.c["Id"] == account["Id"])
                connection.execute(made.values(PersonContactId=contact_id))
            else:
                _change(connection, self._store.table(contact), account["PersonContactId"], values)

    def _make(self, connection: Connection, contact: SObject, values: Mapping[str, Any]) -> str:
        _, record_id = self._id_sequence.next(connection, contact)
        blank = {field.name: field.default for field in contact.stored}
        table = self._store.table(contact)
        connection.execute(insert(table).values({**blank, **values, "Id": record_id, "IsPersonAccount": True}))
        return record_id


def person_contact_refusals(
    connection: Connection, contacts: Table, sobject: SObject, ids: Sequence[str]
) -> dict[str, OrgError]:
    """Return DELETE_FAILED for each of these contacts that belongs to a person account."""
    if sobject.name != "Contact" or sobject.find("IsPersonAccount") is None:
        return {}
    statement = select(contacts.c["Id"]).where(among(contacts.c["Id"], ids), contacts.c["IsPersonAccount"] == 1)
    message = "You can't delete the contact of a person account. Delete the person account instead."
    return {found: OrgError(400, "DELETE_FAILED", message) for found in connection.execute(statement).scalars()}


def _change(connection: Connection, contacts: Table, contact_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(contacts).where(contacts.c["Id"] == contact_id).values(values))


def _first(account: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "AccountId": account["Id"],
        "CreatedDate": account["CreatedDate"],
        "CreatedById": account["CreatedById"],
        "IsDeleted": False,
    }


def _pairs(account: SObject, contact: SObject) -> dict[str, str]:
    """Return the account's fields that are those of its contact: PersonEmail is Email, Level__pc is Level__c."""
    pairs = {name: name for name in _SHARED}
    for field in account.stored:
        if field.name.endswith(_ENDING):
            theirs = field.name.removesuffix(_ENDING) + "__c"
        else:
            theirs = field.name.removeprefix(_PREFIX)
        found = contact.find(theirs)
        if theirs != field.name and found is not None and found.is_stored:
            pairs[field.name] = found.name
    return pairs
