"""All endpoints of the org."""

from __future__ import annotations

from localorg.bulk2 import ingest
from localorg.bulk2 import query as bulk_query
from localorg.control import endpoints as control
from localorg.rest import collections, composite, limits, oauth, query, sobjects
from localorg.wire import Routes

ENDPOINTS = Routes()
ENDPOINTS.include(
    module.ROUTES for module in (sobjects, query, oauth, limits, collections, composite, bulk_query, ingest, control)
)
