"""Why Salesforce rejected one record, named by what has to happen before it can be written."""

from __future__ import annotations

from closedwon.records import RejectClass

_TRANSIENT = (
    "UNABLE_TO_LOCK_ROW",
    "API_TEMPORARILY_UNAVAILABLE",
    "SERVER_UNAVAILABLE",
    "QUERY_TIMEOUT",
    "REQUEST_RUNNING_TOO_LONG",
    "UNKNOWN_EXCEPTION",
    # The record itself was in order: another one of its call stopped it.
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "PROCESSING_HALTED",
)
_NEEDS_ADMIN = (
    "INVALID_FIELD",
    "INVALID_FIELD_FOR_INSERT_UPDATE",
    "INVALID_TYPE",
    "INVALID_TYPE_FOR_OPERATION",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "CANNOT_EXECUTE_FLOW_TRIGGER",
    "NOT_FOUND",
    # A whole bulk job whose header the org does not accept.
    "InvalidBatch",
)


def classify(code: str, message: str) -> RejectClass:
    """The class of a rejected record.

    A code that is not listed counts as a matter of the record's data: validation rules and triggers bring codes of
    their own, and Salesforce's text, which is kept whole beside it, says what is wrong.

    Args:
        code: `statusCode` of a collection's item, or the first part of a bulk job's `sf__Error`.
        message: Salesforce's text.
    """
    if code in _TRANSIENT:
        return "transient"
    if code == "INVALID_FIELD" and "Foreign key external ID" in message:
        return "waits_for_parent"
    if code == "ENTITY_IS_DELETED":
        return "never"
    if code in _NEEDS_ADMIN or code.startswith("INSUFFICIENT_ACCESS"):
        return "needs_admin"
    return "needs_data"
