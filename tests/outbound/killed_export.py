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
from types import FrameType, ModuleType
from typing import Any

from simple_salesforce import Salesforce
from sqlalchemy import text

from closedwon.flows import outbound
from closedwon.flows.steps import sending
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.salesforce.session import open_session
from closedwon.warehouse.transaction import open_engine

MAPPING = require_sound(read_catalog(Path(__file__).parents[2] / "include" / "mappings")).mapping("projects")
ADD = """INSERT INTO delivery.projects (name, lead_email, source_sobject, source_salesforce_id)
         VALUES ('Acme', 'lead@closedwon.example', 'Opportunity', :opportunity)"""
NOT_REACHED = {"send_in_bulk", "_send_job", "remember"}
CLIENTS = {"engine", "connection", "lock", "sf"}
Line = tuple[str, int]
"""A file and a line of it."""
CHANGE = "UPDATE delivery.projects SET health = :line"


def flow_lines() -> list[Line]:
    """Each statement that speaks with warehouse or org: between two of them nothing outside changes."""
    return [(str(module.__file__), line) for module in (outbound, sending) for line in speaking_lines(module)]


def speaking_lines(module: ModuleType) -> list[int]:
    nodes = ast.walk(ast.parse(inspect.getsource(module)))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef) and node.name not in NOT_REACHED)
    statements = (node for function in functions for part in function.body for node in ast.walk(part))
    speaking = (node for node in statements if isinstance(node, ast.With | ast.Expr | ast.Assign | ast.Return))
    return sorted({node.lineno for node in speaking if CLIENTS & names_in(node)})


def names_in(node: ast.AST) -> set[str]:
    """The names and attributes that a statement uses: a client stands in a variable, or in one of `self`."""
    found = list(ast.walk(node))
    return {n.id for n in found if isinstance(n, ast.Name)} | {n.attr for n in found if isinstance(n, ast.Attribute)}


def killed_at(place: Line) -> Callable[[FrameType, str, Any], Any]:
    """A trace that ends this process without warning when the flow comes to the line."""
    file, line = place

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in (outbound.__file__, sending.__file__):
            return None
        if event == "line" and (frame.f_code.co_filename, frame.f_lineno) == (file, line):
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def export(world: dict[str, Any], run_id: str) -> None:
    session = open_session(ca_file=world["ca_file"])
    sf = Salesforce(instance_url=world["base_url"], session_id=world["token"], session=session)
    engine = open_engine(world["database_url"])
    outbound.plan(engine, sf, MAPPING, run_id=run_id)
    outbound.apply(engine, sf, MAPPING, run_id=run_id)
    outbound.settle(engine, MAPPING, run_id=run_id)
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

        def work(number: int = number, line: Line = line) -> None:
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
