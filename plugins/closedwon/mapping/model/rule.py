"""A rule: which records become projects, and what a new project gets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping as Dictionary
from typing import Annotated, Literal

from pydantic import AfterValidator, ValidationInfo
from pydantic.dataclasses import dataclass
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from closedwon.mapping.model.condition import Condition
from closedwon.mapping.model.names import STRICT, ColumnName, EmailAddress, FieldName, FieldPath, FileId, ObjectName
from closedwon.mapping.model.triggers import Trigger
from closedwon.mapping.spelling import did_you_mean

SOURCES = (
    *("Account", "Campaign", "Case", "Contact", "ContractLineItem", "Entitlement", "Lead", "LiveChatTranscript"),
    *("MessagingSession", "Opportunity", "Quote", "QuoteLineItem", "ServiceAppointment", "ServiceContract", "Task"),
    *("UserServicePresence", "WorkOrder", "WorkOrderLineItem"),
)
"""The standard objects whose records can become projects; besides them, every custom object can."""


def is_source(sobject: str) -> bool:
    """Return whether records of the object can become projects."""
    return sobject in SOURCES or sobject.endswith("__c")


def _can_be_source(sobject: str) -> str:
    if not is_source(sobject):
        raise PydanticCustomError(
            "finding",
            "records of {sobject} cannot become projects{hint}; possible are custom objects and {sources}",
            {"sobject": sobject, "hint": did_you_mean(sobject, SOURCES), "sources": ", ".join(SOURCES)},
        )
    return sobject


def _is_template(name: str, info: ValidationInfo) -> str:
    known = (info.context or {}).get("templates")
    if known is not None and name not in known:
        raise PydanticCustomError(
            "finding", "there is no templates/{name}.yaml{hint}", {"name": name, "hint": did_you_mean(name, known)}
        )
    return name


_TemplateName = Annotated[str, AfterValidator(_is_template)]


@dataclass(frozen=True, config=STRICT)
class OneTimeField:
    """One line below `once`: a project column that is filled when the project is made, and never again."""

    column: ColumnName
    """The project's column."""
    sobject: ObjectName
    """The source, or an object that the source refers to."""
    field: FieldName
    """The Salesforce field of that object; a mapping must receive it."""


@dataclass(frozen=True, config=STRICT)
class TemplateChoice:
    """Which template a new project begins with, by a field of the source."""

    field: FieldName
    """The Salesforce field whose label decides."""
    default: _TemplateName | None = None
    """The template for labels that are not listed; without it such a project begins without tasks."""
    values: Dictionary[str, _TemplateName] = dataclasses.field(default_factory=dict)
    """Label to template."""


@dataclass(frozen=True, config=STRICT)
class Rule:
    """One rule file: which records of one source object become projects, and what a new project gets."""

    name: SkipJsonSchema[str]
    """Its id, or the file's name."""
    file: SkipJsonSchema[str]
    source: Annotated[ObjectName, AfterValidator(_can_be_source)] = dataclasses.field(
        default="Opportunity", kw_only=True
    )
    """The Salesforce object whose records become projects, a mapping must receive it; default: Opportunity."""
    when: Trigger
    """What picks a record."""
    only_if: tuple[Condition, ...] = dataclasses.field(default=(), kw_only=True)
    """What else must be so, each line of it; a record at the trigger's value that does not meet it yet is picked once
    it does."""
    existing: Literal["take", "leave"] = dataclasses.field(default="take", kw_only=True)
    """What becomes of records that are at the trigger's value when the rule runs first: `take` makes their projects;
    `leave` makes none until they have left the value and come back, or until the key is edited to `take`."""
    after: tuple[FileId, ...] = dataclasses.field(default=(), kw_only=True)
    """Other rules of the source, by their ids, that come first: what one of them picks, or has made a project of, is
    not taken by this one; nor is by them what this one has made a project of before. Without it each rule makes
    projects of its own."""
    default_lead: EmailAddress
    """E-mail address of the internal project lead that every project of this rule gets, where `lead` gives none."""
    lead: FieldPath | None = dataclasses.field(default=None, kw_only=True)
    """A field with the lead's e-mail address, such as `Owner.Email`; `default_lead` leads where it holds none."""
    dates_from: FieldPath | None = dataclasses.field(default=None, kw_only=True)
    """A field with the day on which the project starts (unless `once` fills `start_on`) and from which its tasks' due
    dates count, such as `CloseDate`; where it is empty, that is the day of the run. Without the key the due dates count
    from the day of the run, and no start is set."""
    once: tuple[OneTimeField, ...]
    """What is filled once, when the project is made; `name` must be among it."""
    template: TemplateChoice | None = None
    """Which template the project begins with; without it, it begins without tasks."""
    id: FileId | None = None
    """What Airflow and the warehouse call the rule; default: the file's name. With an id, the file can be renamed."""
