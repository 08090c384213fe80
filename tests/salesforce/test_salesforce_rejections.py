from __future__ import annotations

import pytest

from closedwon.records import RejectClass
from closedwon.salesforce.rejections import classify


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", "transient"),
        ("PROCESSING_HALTED", "The transaction was rolled back", "transient"),
        ("INVALID_FIELD", "Foreign key external ID: p-17 not found for field Project_ID__c", "waits_for_parent"),
        ("INVALID_FIELD", "No such column 'Foo__c' on sobject of type Account", "needs_admin"),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Name", "needs_admin"),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights", "needs_admin"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Kick-off before contract", "needs_data"),
        ("DUPLICATES_DETECTED", "Use one of these records?", "needs_data"),
        ("ENTITY_IS_DELETED", "entity is deleted", "never"),
    ],
)
def test_a_rejection_is_named_by_what_has_to_happen_first(code: str, message: str, expected: RejectClass) -> None:
    assert classify(code, message) == expected


def test_a_code_that_nobody_has_seen_is_a_matter_of_the_record() -> None:
    assert classify("SOME_NEW_EXCEPTION", "whatever") == "needs_data"
