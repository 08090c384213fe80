"""SQLAlchemy metadata of the tables declared in code, and naming of constraints and indexes."""

from __future__ import annotations

from sqlalchemy import MetaData

NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}
"""Names of constraints and indexes, the same in every warehouse, so that a message of Postgres can be looked up."""

METADATA = MetaData(naming_convention=NAMING)
"""Tables of schemas `sync` and `delivery`, and `crm.value_maps`: the modules in `state/` and `delivery/` add theirs."""
