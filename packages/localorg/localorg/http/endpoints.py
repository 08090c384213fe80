"""All endpoints of the org."""

from __future__ import annotations

from localorg.bulk1 import endpoints as bulk1
from localorg.bulk2 import ingest
from localorg.bulk2 import query as bulk_query
from localorg.control import endpoints as control
from localorg.control import lifecycle, locks_and_access, page, sign_in
from localorg.rest import (
    collections,
    composite,
    composite_graphs,
    files,
    identity,
    limits,
    oauth,
    query,
    replication,
    resources,
    search,
    sobject_trees,
    sobjects,
    tooling,
)
from localorg.routes import Routes
from localorg.soap import endpoints as soap

MODULES = (
    resources,
    sobjects,
    replication,
    files,
    query,
    search,
    tooling,
    oauth,
    identity,
    limits,
    collections,
    composite,
    composite_graphs,
    sobject_trees,
    bulk_query,
    ingest,
    bulk1,
    soap,
    page,
    control,
    lifecycle,
    locks_and_access,
    sign_in,
)
ENDPOINTS = Routes()
ENDPOINTS.include(module.ROUTES for module in MODULES)
