"""Templates of new projects: the choice of one per record, and its phases and tasks as rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from closedwon.mapping.model import Template
from closedwon.mapping.resolve.rules import ResolvedRule


def choose_templates(values: pd.Series[str], source: ResolvedRule) -> pd.DataFrame:
    """Return for each value of the template field: `template` (missing for none), `is_flagged`, `reason` for a person.

    A value that the rule gives no template never stops a project; it is flagged, because the project begins with the
    default or without tasks, and somebody should look. An empty value is not flagged: the rule is complete.

    Args:
        values: codes of the template field, missing or "" where the field is empty; missing throughout for a rule
            without template field.
    """
    default = source.rule.template.default if source.rule.template else None
    codes = values.mask(values == "")
    template = codes.map(dict(source.templates)).astype("str")
    is_flagged = codes.notna() & template.isna()
    reasons = {code: _why(source, code) for code in codes.dropna().unique()}
    reason = codes.map(reasons).astype("str").fillna(_why(source, None))
    if default is not None:
        template = template.fillna(default)
    return pd.DataFrame({"template": template, "is_flagged": is_flagged, "reason": reason})


def expand_templates(templates: Iterable[Template]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the templates' phases and tasks, one row each, keyed by `template` and by the phase's `position`."""
    phases, tasks = [], []
    for template in templates:
        for phase_position, phase in enumerate(template.phases, start=1):
            phases.append((template.name, phase_position, phase.name))
            for position, task in enumerate(phase.tasks, start=1):
                tasks.append((template.name, phase_position, position, task.name, task.hours, task.due_after_days))
    return (
        pd.DataFrame(phases, columns=["template", "position", "name"]),
        pd.DataFrame(tasks, columns=["template", "phase_position", "position", "name", "hours", "due_after_days"]),
    )


def _why(source: ResolvedRule, code: str | None) -> str:
    field, choice = source.template_field, source.rule.template
    default = choice.default if choice else None
    if code is not None and code in source.templates:
        return f"Made from template '{source.templates[code]}'."
    made = f"made with the default template '{default}'." if default else "made without a template."
    if field is None:
        return f"M{made[1:]}"
    if code is None:
        return f"{field.salesforce} is empty: {made}"
    return f"{field.salesforce} = '{field.to_label(code)}' has no template in {source.rule.file}: {made}"
