"""Replication: /sobjects/X/updated and /deleted."""

from __future__ import annotations

from datetime import UTC, datetime

from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.state.instance import Instance
from localorg.timestamps import to_json_stamp

ROUTES = Routes()


@ROUTES.data("GET", "/sobjects/{sobject}/updated")
def list_updated(instance: Instance, call: Call, sobject: str) -> Answer:
    """Return the ids of the records that were made or changed from `start` to `end`."""
    found = instance.org.lifecycle.updated(sobject, _moment(call, "start"), _moment(call, "end"))
    return Answer(body={"ids": found.ids, "latestDateCovered": to_json_stamp(found.latest_date_covered)})


@ROUTES.data("GET", "/sobjects/{sobject}/deleted")
def list_deleted(instance: Instance, call: Call, sobject: str) -> Answer:
    """Return the records that were deleted from `start` to `end`, with the time of each."""
    found = instance.org.lifecycle.deleted(sobject, _moment(call, "start"), _moment(call, "end"))
    records = [{"deletedDate": to_json_stamp(stamp), "id": record_id} for record_id, stamp in found.records]
    return Answer(
        body={
            "deletedRecords": records,
            "earliestDateAvailable": to_json_stamp(found.earliest_date_available),
            "latestDateCovered": to_json_stamp(found.latest_date_covered),
        }
    )


def _moment(call: Call, name: str) -> datetime:
    """Return a parameter as a time; one without a zone is UTC.

    A plus character that was not encoded arrives as a space: `2026-05-06T11:56:44 00:00` is read as what was meant.

    Raises:
        OrgError: MISSING_ARGUMENT, INVALID_REPLICATION_DATE.
    """
    text = call.query.get(name, "").strip()
    if not text:
        raise OrgError(400, "MISSING_ARGUMENT", f"Required parameter '{name}' is missing")
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise OrgError(400, "INVALID_REPLICATION_DATE", f"{name}Date is not a date and time: {text}") from error
