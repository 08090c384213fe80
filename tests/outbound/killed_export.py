"""Runs one export for each statement of the flow: killed (-9) there, then repeated. A program, for test_export_kills.

Each try is a process of its own, forked from this one, so that nothing but warehouse and org remembers the killed one.
It reads from standard input, as JSON: database_url, base_url, ca_file, token, opportunities.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from simple_salesforce import Salesforce
from sqlalchemy import text

from closedwon.flows import outbound
from closedwon.mapping.reader import load_catalog
from closedwon.salesforce.session import open_session
from closedwon.warehouse.transaction import open_engine

MAPPING = load_catalog(Path(__file__).parents[2] / "include" / "mappings").mapping("projects")
ADD = """INSERT INTO delivery.projects (name, lead_email, source_sobject, source_salesforce_id)
         VALUES ('Acme', 'lead@closedwon.example', 'Opportunity', :opportunity)"""
CLIENTS = {"engine", "connection", "sf"}
CHANGE = "UPDATE delivery.projects SET health = :line"


def flow_lines() -> list[int]:
    """The line of each statement that speaks with warehouse or org: between two of them nothing outside changes."""
    functions = (node for node in ast.parse(inspect.getsource(outbound)).body if isinstance(node, ast.FunctionDef))
    statements = (node for f in functions if f.name != "_send_in_bulk" for node in ast.walk(f))
    speaking = (node for node in statements if isinstance(node, ast.With | ast.Expr | ast.Assign | ast.Return))
    return sorted(
        {node.lineno for node in speaking if CLIENTS & {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}}
    )


def killed_at(line: int) -> Callable[[FrameType, str, Any], Any]:
    """A trace that ends this process without warning when the flow comes to the line."""

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != outbound.__file__:
            return None
        if event == "line" and frame.f_lineno == line:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def export(world: dict[str, Any], run_id: str) -> None:
    session = open_session(ca_file=world["ca_file"])
    sf = Salesforce(instance_url=world["base_url"], session_id=world["token"], session=session)
    engine = open_engine(world["database_url"])
    outbound.plan_export(engine, sf, MAPPING, run_id=run_id)
    outbound.apply_plan(engine, sf, MAPPING, run_id=run_id)
    outbound.finish_export(engine, MAPPING, run_id=run_id)
    engine.dispose()


def is_killed(work: Callable[[], None]) -> bool:
    """Whether the work, in a process of its own, was killed; any other failure of it ends this program."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, -signal.SIGKILL):
        raise SystemExit(status)
    return status != 0


def main() -> None:
    """Prints how many projects were added, and how many of the runs were killed."""
    world = json.load(sys.stdin)
    lines = flow_lines()
    killed = 0
    # What is imported at first use is imported once, here, and not in each process.
    export(world, "warm up")
    for number, line in enumerate(lines):

        def work(number: int = number, line: int = line) -> None:
            if number:
                export(world, f"run {number - 1}")
            with open_engine(world["database_url"]).begin() as connection:
                connection.execute(text(ADD), {"opportunity": world["opportunities"][number]})
                connection.execute(text(CHANGE), {"line": f"line {line}"})
            sys.settrace(killed_at(line))
            export(world, f"run {number}")

        killed += is_killed(work)
    export(world, f"run {len(lines) - 1}")
    print(json.dumps({"projects": len(lines), "killed": killed}))


if __name__ == "__main__":
    main()
