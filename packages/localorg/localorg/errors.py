"""The one exception of the local org: an API response that is not a success."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class OrgError(Exception):
    """An API error: HTTP status, Salesforce error code, message, and the fields concerned.

    `record_ids` are set where an external id matches more than one record (status 300).
    """

    def __init__(
        self, status: int, code: str, message: str, fields: Iterable[str] = (), record_ids: Iterable[str] = ()
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = list(fields)
        self.record_ids = list(record_ids)
        self.also: list[OrgError] = []
        """Further errors of the same record that are reported with this one: validation rules."""

    @property
    def all(self) -> list[OrgError]:
        """Return this error, and those reported with it."""
        return [self, *self.also]


class WrongType(OrgError):
    """A value of another kind than its field's. JSON answers and bulk results word that differently; see
    `of_record`.
    """

    def __init__(self, message: str, field: str, of_record: str) -> None:
        super().__init__(400, "JSON_PARSER_ERROR", message)
        self.field = field
        self._of_record = of_record

    def of_record(self) -> OrgError:
        """Return the same error as rows of bulk jobs, and fields that cannot be null, report it."""
        return OrgError(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", self._of_record, [self.field])


class DuplicatesDetected(OrgError):
    """A record that a duplicate rule takes for others, which the answer names."""

    def __init__(self, message: str, sobject: str, rule: str, allows: bool, matches: Sequence[str]) -> None:
        super().__init__(400, "DUPLICATES_DETECTED", message)
        self.sobject = sobject
        self.rule = rule
        self.allows = allows
        """Whether the client may override the rule."""
        self.matches = matches


ROW_LOCKED = "unable to obtain exclusive access to this record"


def row_locked(detail: str = "") -> OrgError:
    """Return the error for a record that another user is writing; the detail names the records, where known."""
    return OrgError(400, "UNABLE_TO_LOCK_ROW", ROW_LOCKED + detail)


def not_found() -> OrgError:
    """Return the error for an address without a record or object. Recorded live (CumulusCI)."""
    return OrgError(404, "NOT_FOUND", "The requested resource does not exist")


def invalid_query_locator() -> OrgError:
    """Return the error for a locator that is unknown or no longer valid."""
    return OrgError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")


def malformed_id(text: str) -> OrgError:
    """Return the error for a text that is no id."""
    return OrgError(400, "MALFORMED_ID", f"malformed id {text}")


def entity_is_deleted(status: int = 404) -> OrgError:
    """Return the error for a record in the recycle bin. Recorded live (restforce-db)."""
    return OrgError(status, "ENTITY_IS_DELETED", "entity is deleted")


def invalid_cross_reference(status: int = 404) -> OrgError:
    """Return the error for a well-formed id without a record. Code and message recorded live in collections; the status
    is not.
    """
    return OrgError(status, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
