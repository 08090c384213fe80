"""Reads `rules/<name>.yaml` and `templates/<name>.yaml`: what becomes a project, and what it begins with."""

from __future__ import annotations

import re
from collections.abc import Collection
from types import MappingProxyType

import yaml

from closedwon.mapping.mapping_file import COLUMN, SALESFORCE_NAME, read_name
from closedwon.mapping.model import OneTimeField, Rule, Template, TemplatePhase, TemplateTask, Trigger
from closedwon.mapping.spelling import did_you_mean
from closedwon.mapping.yaml_nodes import Section, Source, as_section

SOURCES = (
    *("Account", "Campaign", "Case", "Contact", "ContractLineItem", "Entitlement", "Lead", "LiveChatTranscript"),
    *("MessagingSession", "Opportunity", "Quote", "QuoteLineItem", "ServiceAppointment", "ServiceContract", "Task"),
    *("UserServicePresence", "WorkOrder", "WorkOrderLineItem"),
)
"""The standard objects whose records can become projects; besides them, every custom object can."""

_RULE_KEYS = ("source", "when", "default_lead", "once", "template")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def read_template(name: str, root: yaml.Node, source: Source) -> Template | None:
    """The template of one file; None where the file is not a section at all."""
    section = as_section(root, "a template file", source, ("phases",))
    if section is None:
        return None
    return Template(
        name, source.file, tuple(_read_phase(phase) for phase in section.sections("phases", ("name", "tasks")))
    )


def _read_phase(section: Section) -> TemplatePhase:
    tasks = section.sections("tasks", ("name", "hours", "due_after_days"))
    return TemplatePhase(section.text("name", required=True) or "", tuple(_read_task(task) for task in tasks))


def _read_task(section: Section) -> TemplateTask:
    hours, days = section.number("hours"), section.number("due_after_days")
    if hours is not None and hours < 0:
        section.note("hours", f"`hours: {hours}` must not be below zero")
    if days is not None and (days < 0 or days != int(days)):
        section.note("due_after_days", f"`due_after_days: {days}` must be a whole number of days, zero or more")
    return TemplateTask(section.text("name", required=True) or "", hours or 0, int(days or 0))


def read_rule(name: str, root: yaml.Node, source: Source, templates: Collection[str]) -> Rule | None:
    """The rule of one file; None where the file is not a section at all.

    Args:
        templates: the names of the templates that there are.
    """
    section = as_section(root, "a rule file", source, _RULE_KEYS)
    if section is None:
        return None
    once = section.sections("once", ("column", "sobject", "field")) if "once" in section else []
    template = section.section("template", ("field", "default", "values"))
    return Rule(
        name=name,
        file=source.file,
        source=_read_source(section),
        trigger=_read_trigger(section),
        default_lead=_read_lead(section),
        once=tuple(_read_once(row) for row in once),
        template_field=read_name(template, "field", SALESFORCE_NAME, "a Salesforce field such as Type")
        if template
        else None,
        templates=MappingProxyType(_read_templates(template, templates) if template else {}),
        default_template=_read_default(template, templates) if template else None,
    )


def _read_source(section: Section) -> str:
    sobject = read_name(section, "source", SALESFORCE_NAME, "a Salesforce object such as Opportunity")
    if sobject and sobject not in SOURCES and not sobject.endswith("__c"):
        hint = did_you_mean(sobject, SOURCES)
        section.note(
            "source",
            f"records of {sobject} cannot become projects{hint}; possible are custom objects and {', '.join(SOURCES)}",
        )
    return sobject


def _read_trigger(section: Section) -> Trigger:
    when = section.section("when", ("field", "changes_to", "is_checked"))
    if when is None:
        if "when" not in section:
            section.source.note(section.line, "`when` is missing: what picks a record?")
        return Trigger("changes_to", "", ())
    name = read_name(when, "field", SALESFORCE_NAME, "a Salesforce field such as StageName")
    if ("changes_to" in when) == ("is_checked" in when):
        when.source.note(when.line, "`when` needs either `changes_to: [a value, ...]` or `is_checked: true`")
    if "is_checked" not in when:
        return Trigger("changes_to", name, tuple(when.texts("changes_to")) if "changes_to" in when else ())
    if not when.flag("is_checked"):
        when.note("is_checked", "`is_checked` can only be true: a rule picks records whose checkbox is set")
    return Trigger("is_checked", name, ("true",))


def _read_lead(section: Section) -> str:
    lead = section.text("default_lead")
    if "default_lead" not in section:
        section.source.note(
            section.line, "`default_lead` is missing: every project needs an internal lead, name one by e-mail address"
        )
    elif lead is not None and not _EMAIL.fullmatch(lead):
        section.note("default_lead", f"`default_lead: {lead}` is not an e-mail address")
    return lead or ""


def _read_once(row: Section) -> OneTimeField:
    return OneTimeField(
        column=read_name(row, "column", COLUMN, "a project's column"),
        sobject=read_name(row, "sobject", SALESFORCE_NAME, "a Salesforce object such as Account"),
        field=read_name(row, "field", SALESFORCE_NAME, "a Salesforce field such as Name"),
        line=row.line,
    )


def _read_templates(section: Section, known: Collection[str]) -> dict[str, str]:
    values = section.section("values")
    if values is None:
        return {}
    templates = {value: template for value in values if (template := values.text(value)) is not None}
    for value, template in templates.items():
        if template not in known:
            values.note(value, f"there is no templates/{template}.yaml{did_you_mean(template, known)}")
    return templates


def _read_default(section: Section, known: Collection[str]) -> str | None:
    default = section.text("default")
    if default is not None and default not in known:
        section.note("default", f"there is no templates/{default}.yaml{did_you_mean(default, known)}")
    return default
