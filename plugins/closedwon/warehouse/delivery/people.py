"""Table `delivery.people`: our own people, written by the team, to whom imports lead references by name or e-mail."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text, func, text

from closedwon.mapping.model.names import PEOPLE_TABLE
from closedwon.warehouse.delivery.projects import id_column
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import time_column

_SCHEMA, _NAME = PEOPLE_TABLE.split(".")

PEOPLE = Table(
    _NAME,
    METADATA,
    id_column(),
    Column("first_name", Text, comment="First name, as Salesforce has it of the same person."),
    Column("last_name", Text, comment="Last name, as Salesforce has it of the same person."),
    Column("email", Text, nullable=False, comment="E-mail address; one person each, whatever its case."),
    Column(
        "is_active",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Whether imports find the person; false for one who has left, whose references stay.",
    ),
    time_column("created_at", "When the row was made.", now=True),
    Index("people_email_key", func.lower(text("email")), unique=True),
    schema=_SCHEMA,
    comment="Our own people, written by the team; mappings find them by name or e-mail (`find_by`).",
)
