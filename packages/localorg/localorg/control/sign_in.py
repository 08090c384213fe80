"""Control call that sets the rules of sign-in."""

from __future__ import annotations

from dataclasses import replace

from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()


@ROUTES.add("POST", "/localorg/sign-in", is_open=True)
def set_sign_in(instance: Instance, call: Call) -> Answer:
    """Set {"rotates_refresh_tokens": true} or false, and restore the known refresh token; answer 204."""
    rotates = call.json_object().get("rotates_refresh_tokens")
    if not isinstance(rotates, bool):
        raise OrgError(400, "INVALID_SIGN_IN", f"rotates_refresh_tokens = {rotates!r} is neither true nor false")
    instance.credentials = replace(instance.credentials, rotates_refresh_tokens=rotates)
    instance.tokens.reset_refresh_tokens()
    return Answer(204)
