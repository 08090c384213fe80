"""Control calls that lock records, and that take away the user's rights to objects and fields."""

from __future__ import annotations

from localorg.control.request_bodies import ids_in
from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.schema.field_format import ACCESS
from localorg.state.instance import Instance

ROUTES = Routes()


@ROUTES.add("POST", "/localorg/locks", is_open=True)
def lock_records(instance: Instance, call: Call) -> Answer:
    """Lock the records of {"ids": [id, ...]}; return all locked ids."""
    return Answer(body={"ids": instance.org.locks.lock(ids_in(call.json_object(), "ids"))})


@ROUTES.add("DELETE", "/localorg/locks", is_open=True)
def unlock_records(instance: Instance, _call: Call) -> Answer:
    """Unlock all records; answer 204."""
    instance.org.locks.unlock()
    return Answer(204)


@ROUTES.add("POST", "/localorg/access", is_open=True)
def set_access(instance: Instance, call: Call) -> Answer:
    """Set access by {"name": "Account.Fax", "access": "hidden"}, or "readonly", or null for all rights; answer 204."""
    body = call.json_object()
    name, access = body.get("name"), body.get("access")
    if not isinstance(name, str) or access not in (None, *ACCESS):
        raise OrgError(400, "INVALID_ACCESS", f"'name' must name an object or a field, and 'access' be one of {ACCESS}")
    instance.org.catalogue.set_access(name, access)
    return Answer(204)
