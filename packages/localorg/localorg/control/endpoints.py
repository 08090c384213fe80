"""The control API under /localorg/, which no real org has and which needs no token: faults, clock, system writes."""

from __future__ import annotations

from localorg.control.request_bodies import moment_in, seconds_in, text_in
from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
LIMITS = ("api_requests", "used", "long_requests")
HIGHEST_LIMIT = 10_000_000


@ROUTES.add("POST", "/localorg/faults", is_open=True)
def order_fault(instance: Instance, call: Call) -> Answer:
    """Set a fault; answer 201 with the fault as it was understood."""
    return Answer(201, instance.faults.order(call.json_object()))


@ROUTES.add("GET", "/localorg/faults", is_open=True)
def list_faults(instance: Instance, _call: Call) -> Answer:
    """Return all faults, with how often each matched and fired."""
    return Answer(body=instance.faults.listed())


@ROUTES.add("DELETE", "/localorg/faults", is_open=True)
def clear_faults(instance: Instance, _call: Call) -> Answer:
    """Remove all faults; answer 204."""
    instance.faults.clear()
    return Answer(204)


@ROUTES.add("POST", "/localorg/clock", is_open=True)
def set_clock(instance: Instance, call: Call) -> Answer:
    """Set the clock: {"offset_s": n} lets it run, {"now": "..."} stops it, {"advance_s": n} moves it forward."""
    body = call.json_object()
    if "now" in body:
        instance.clock.hold(moment_in(body, "now"))
    elif "advance_s" in body:
        instance.clock.advance(seconds_in(body, "advance_s"))
    else:
        instance.clock.shift(seconds_in(body, "offset_s"))
    return read_clock(instance, call)


@ROUTES.add("GET", "/localorg/clock", is_open=True)
def read_clock(instance: Instance, _call: Call) -> Answer:
    """Return the org's time."""
    return Answer(body={"now": instance.clock().isoformat()})


@ROUTES.add("GET", "/localorg/calls", is_open=True)
def list_calls(instance: Instance, _call: Call) -> Answer:
    """Return how often each endpoint was called since the start or the last reset; `api` leaves out what costs no API
    call.
    """
    calls = instance.calls.listed()
    api = [entry for entry in calls if str(entry["path"]).startswith("/services/data/")]
    total, charged = (sum(int(entry["count"]) for entry in entries) for entries in (calls, api))
    return Answer(body={"total": total, "api": charged, "used": instance.usage.used, "calls": calls})


@ROUTES.add("DELETE", "/localorg/calls", is_open=True)
def reset_calls(instance: Instance, _call: Call) -> Answer:
    """Reset the counts of calls, but not the quota; answer 204."""
    instance.calls.reset()
    return Answer(204)


@ROUTES.add("POST", "/localorg/limits", is_open=True)
def set_limits(instance: Instance, call: Call) -> Answer:
    """Set limits from {"api_requests": n, "used": n, "long_requests": n}, each optional; answer all of them."""
    body = call.json_object()
    for name, value in body.items():
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if name not in LIMITS or not is_number or not 0 <= value <= HIGHEST_LIMIT:
            message = f"{name} = {value!r}: a limit is one of {LIMITS}, and a number up to {HIGHEST_LIMIT}"
            raise OrgError(400, "INVALID_LIMITS", message)
    instance.usage.maximum = body.get("api_requests", instance.usage.maximum)
    instance.long_requests.maximum = body.get("long_requests", instance.long_requests.maximum)
    if "used" in body:
        instance.usage.reset(body["used"])
    return read_limits(instance, call)


@ROUTES.add("GET", "/localorg/limits", is_open=True)
def read_limits(instance: Instance, _call: Call) -> Answer:
    """Return the limits of API requests in 24 hours and of requests over 20 seconds, and how many of each are used."""
    usage, long = instance.usage, instance.long_requests
    limits = {"api_requests": usage.maximum, "used": usage.used, "long_requests": long.maximum, "long": long.number}
    return Answer(body=limits)


@ROUTES.add("GET", "/localorg/counts", is_open=True)
def count_records(instance: Instance, _call: Call) -> Answer:
    """Return the number of records per object."""
    return Answer(body=instance.org.counts())


@ROUTES.add("POST", "/localorg/records", is_open=True)
def write_records(instance: Instance, call: Call) -> Answer:
    """Write records as the system does, with any SystemModstamp and unchecked; return their ids.

    {"sobject": "Account", "records": [{"Name": ..., "SystemModstamp": ...}]}; one with an Id is changed, else made.
    """
    body = call.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise OrgError(400, "INVALID_RECORDS", "'records' must be a list of objects")
    return Answer(body={"ids": instance.org.write_system(text_in(body, "sobject"), records)})
