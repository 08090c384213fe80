"""Decisions of a rule: the outcome and its reason for each record that the rule looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import pandas as pd

from closedwon.mapping.resolve.rules import Filling, ResolvedRule
from closedwon.rules.templates import choose_templates
from closedwon.rules.transitions import had_its_project, has_fired

Verdict: TypeAlias = "tuple[pd.Series[bool], str, str | pd.Series[str]]"
"""A mask of the candidates concerned, their outcome, and the reason."""


def decide(candidates: pd.DataFrame, source: ResolvedRule) -> pd.DataFrame:
    """Return one decision per candidate: columns of `sync.decision`, and `template`, `is_flagged` and `begins_on`.

    The reasons name no ids, so that counts by reason make a short table. For a deleted record `seen_value` is missing,
    so that a record restored at a wanted value fires again; one that waits in quarantine after it had its project has
    not left the value.

    Args:
        candidates: `source_salesforce_id`; the trigger field's `value` (missing: deleted, out of scope, or not come in;
            "": empty); `is_out_of_scope`; `seen_value` and `seen_outcome` of the last decision; `project_id` of its
            project, if it has one; `template_value`; a boolean `lacks_<column>` for each needed project column: whether
            the value to fill it with is missing; `unmet`, `unmet_value` and `unmet_words` of the first condition that
            the record does not meet, missing where it meets all; `taken_by`, a rule that comes first and takes the
            record; a boolean `was_there`: whether it was there when the rule ran first, and has not left the value
            since; `begins_on`, the day from which its project's dates count, missing for the day of the run; and of a
            record in quarantine `quarantine_field`, `quarantine_reason` and, where it waits for its parent, that one's
            table as `missing_parent` and its `parent_reason`, unless that names an id.
    """
    chosen = choose_templates(candidates["template_value"], source)
    outcome, reason = pd.Series("made", index=candidates.index, dtype="str"), chosen["reason"]
    for is_meant, verdict, why in _verdicts(candidates, source):
        outcome, reason = outcome.mask(is_meant, verdict), reason.mask(is_meant, why)
    is_made, is_there = outcome == "made", candidates["value"].isin(source.wanted)
    has_stayed = (outcome == "quarantined") & candidates["value"].isna() & had_its_project(candidates, source.wanted)
    return pd.DataFrame(
        {
            "source_salesforce_id": candidates["source_salesforce_id"],
            "seen_value": candidates["value"].mask(has_stayed, candidates["seen_value"]),
            "outcome": outcome,
            "reason": reason,
            "unmet": candidates["unmet_words"].where(is_there),
            "was_there": candidates["was_there"] & (is_there | candidates["value"].isna()),
            "project_id": candidates["project_id"],
            "template": chosen["template"].where(is_made),
            "begins_on": candidates["begins_on"],
            "is_flagged": chosen["is_flagged"] & is_made,
        }
    )


def _verdicts(
    candidates: pd.DataFrame, source: ResolvedRule
) -> Iterator[tuple[pd.Series[bool], str, str | pd.Series[str]]]:
    """Yield the outcomes other than `made`, each with its candidates and reason; a later one replaces an earlier."""
    for filling in source.fillings:
        if filling.is_needed:
            yield candidates[f"lacks_{filling.column}"], "waits", _why_waiting(filling)
    yield candidates["unmet"].notna(), "not_picked", _why_unmet(candidates, source)
    yield candidates["taken_by"].notna(), "not_picked", _why_taken(candidates["taken_by"], source)
    if source.rule.existing == "leave":
        yield candidates["was_there"], "not_picked", _why_left(source)
    is_there = candidates["value"].isin(source.wanted)
    yield is_there & ~has_fired(candidates, source.wanted), "exists", _why_not_again(source)
    yield ~is_there, "not_picked", _why_not_picked(candidates["value"], source)
    yield candidates["is_out_of_scope"], "not_picked", _why_out_of_scope(source)
    # What is held is an older version: a record in quarantine may be at the wanted value by now.
    yield ~is_there & candidates["quarantine_field"].notna(), "quarantined", _why_quarantined(candidates, source)
    has_project = candidates["project_id"].notna()
    yield has_project, "exists", "There is a project for it already; no second one is made."


def _why_waiting(filling: Filling) -> str:
    field = filling.field.salesforce
    missing = f"{field} is empty"
    if filling.parent is not None:
        missing = (
            f"{filling.parent.reference.salesforce} is empty, or the {filling.parent.mapping.sobject} has no {field}"
        )
    return f"{missing}: the project's {filling.column} comes from it. Fill it in Salesforce; each run looks again."


def _why_unmet(candidates: pd.DataFrame, source: ResolvedRule) -> pd.Series[str]:
    seen = candidates[["unmet", "unmet_value", "unmet_words"]].dropna().drop_duplicates()
    reasons = {}
    for position, value, words in seen.itertuples(index=False):
        one = source.conditions[position]
        reasons[words] = one.condition.why_not(one.field, value, source.rule.name)
    return candidates["unmet_words"].map(reasons).astype("str")


def _why_taken(rules: pd.Series[str], source: ResolvedRule) -> pd.Series[str]:
    return "The rule " + rules + f" takes it; the rule {source.rule.name} comes after."


def _why_left(source: ResolvedRule) -> str:
    rule, field = source.rule.name, source.trigger.salesforce
    return (
        f"It was there when the rule {rule} ran first, which leaves such records: it is picked once {field} has "
        f"changed and come back, or if {source.rule.file} says `existing: take`."
    )


def _why_not_again(source: ResolvedRule) -> str:
    field = source.trigger.salesforce
    return (
        f"Its project has been deleted or unlinked; the rule {source.rule.name} makes none until {field} has changed "
        "and come back."
    )


def _why_not_picked(values: pd.Series[str], source: ResolvedRule) -> pd.Series[str]:
    when, field, rule = source.rule.when, source.trigger, source.rule.name
    reasons = {value: when.why_not(field, value, rule) for value in values.dropna().unique()}
    return values.map(reasons).astype("str").fillna("It is deleted in Salesforce.")


def _why_out_of_scope(source: ResolvedRule) -> str:
    return f"It does not meet `receive.where` of {source.mapping.file} any more: what is here are values from before."


def _why_quarantined(candidates: pd.DataFrame, source: ResolvedRule) -> pd.Series[str]:
    """Return the reasons; where the record waits for its parent, whose id they must not name, the parent's reason."""
    unknown = f"It waits in sync.quarantine, so that its {source.trigger.salesforce} is not known here: "
    field, parent = candidates["quarantine_field"], candidates["missing_parent"]
    by_parent = field + " leads to a record that is not in " + parent + ". "
    by_parent += candidates["parent_reason"].fillna("It is tried again once that record is there.")
    return unknown + candidates["quarantine_reason"].where(parent.isna(), by_parent)
