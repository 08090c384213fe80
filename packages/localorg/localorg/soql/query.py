"""Run a query: parse, plan, run; the result shapes its records as they are read.

Each stage is a folder: `syntax`, `plan` (with `where` and `functions`), `run`.
"""

from __future__ import annotations

from localorg.soql.plan.plan_query import plan_query
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.run.bulk_export import Export
from localorg.soql.run.query_limits import within_limits
from localorg.soql.run.result import Result, run_plan
from localorg.soql.syntax.parse import parse
from localorg.storage.store import Store


def run_query(store: Store, context: QueryContext, soql: str) -> Result:
    """Return the result of a query, whose pages are read and shaped when they are asked for.

    Raises:
        OrgError: the query is wrong, or too complicated.
    """
    with within_limits():
        query = parse(soql)
        plan = plan_query(context, query)
        return run_plan(store, plan)


def export_query(store: Store, context: QueryContext, soql: str) -> Export:
    """Return the rows of a bulk query, which hold one state of the data until they are read or closed.

    Raises:
        OrgError: the query is wrong or too complicated, or the Bulk API takes no such query.
    """
    with within_limits():
        query = parse(soql)
        plan = plan_query(context, query)
        return Export(store, plan)
