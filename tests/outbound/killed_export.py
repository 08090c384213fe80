"""Runs one export for each statement of the flow: killed (-9) there, then repeated. A program, for test_export_kills.

Each try is a process of its own, forked from this one, so that nothing but warehouse and org remembers the killed one.
It reads from standard input, as JSON: database_url, base_url, ca_file, token, opportunities, and is_bulk.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from simple_salesforce import Salesforce
from sqlalchemy import text

from closedwon.flows import outbound
from closedwon.flows.steps import sending, unanswered
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.salesforce import bulk_ingest
from closedwon.salesforce.session import open_session
from closedwon.warehouse.transaction import open_engine

MAPPING = require_sound(read_catalog(Path(__file__).parents[2] / "include" / "mappings")).mapping("projects")
ADD = """INSERT INTO delivery.projects (name, lead_email, source_sobject, source_salesforce_id)
         VALUES ('Acme', 'lead@closedwon.example', 'Opportunity', :opportunity)"""
CHANGE = "UPDATE delivery.projects SET health = :value"
CLIENTS = {"engine", "connection", "lock", "sf"}
ONLY_COLLECTIONS = {"send_in_collections", "_send_collection"}
ONLY_BULK = {"send_in_bulk", "_send_job", "remember"}
TRACED = {module.__file__ for module in (outbound, sending, unanswered, bulk_ingest)}
Line = tuple[str, int]
"""A file and a line of it."""


@dataclass(frozen=True)
class Kill:
    """One export that is killed, at a line, twice where `first` is given: before at that one."""

    line: Line
    first: Line | None = None
    is_newer: bool = False
    """The second kill hits a newer run, which finds what the first one has left."""


def kills(is_bulk: bool) -> Iterator[Kill]:
    """Each statement that speaks with warehouse or org: between two of them nothing outside changes."""
    other = ONLY_COLLECTIONS if is_bulk else ONLY_BULK
    flow = [sending, bulk_ingest] if is_bulk else [outbound, sending]  # what both ways share is killed in one
    yield from (Kill(line) for module in flow for line in speaking_lines(module, other | {"finish_job"}))
    (recording, *_) = speaking_lines(sending, leaving=None, only={"_record"})
    resumed = list(speaking_lines(bulk_ingest, leaving=None, only={"finish_job"})) if is_bulk else []
    yield from (Kill(line, recording) for line in resumed)
    for line in [*speaking_lines(unanswered), *resumed]:
        yield Kill(line, recording, is_newer=True)


def speaking_lines(module: ModuleType, leaving: set[str] | None = None, only: set[str] | None = None) -> Iterator[Line]:
    nodes = ast.walk(ast.parse(inspect.getsource(module)))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name not in (leaving or ())]
    chosen = [function for function in functions if only is None or function.name in only]
    statements = (node for function in chosen for part in function.body for node in ast.walk(part))
    speaking = (node for node in statements if isinstance(node, ast.With | ast.Expr | ast.Assign | ast.Return))
    for number in sorted({node.lineno for node in speaking if CLIENTS & names_in(node)}):
        yield str(module.__file__), number


def names_in(node: ast.AST) -> set[str]:
    """The names and attributes that a statement uses: a client stands in a variable, or in one of `self`."""
    found = list(ast.walk(node))
    return {n.id for n in found if isinstance(n, ast.Name)} | {n.attr for n in found if isinstance(n, ast.Attribute)}


def killed_at(place: Line) -> Callable[[FrameType, str, Any], Any]:
    """A trace that ends this process without warning when the flow comes to the line."""

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in TRACED:
            return None
        if event == "line" and (frame.f_code.co_filename, frame.f_lineno) == place:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def export(world: dict[str, Any], run_id: str) -> None:
    session = open_session(ca_file=world["ca_file"])
    session.pause = lambda seconds: time.sleep(min(seconds, 0.05))
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


def kill_export(world: dict[str, Any], run_id: str, line: Line) -> bool:
    def work() -> None:
        sys.settrace(killed_at(line))
        export(world, run_id)

    return is_killed(work)


def change_projects(world: dict[str, Any], value: str) -> None:
    engine = open_engine(world["database_url"])
    with engine.begin() as connection:
        connection.execute(text(CHANGE), {"value": value})
    engine.dispose()


def add_project(world: dict[str, Any], opportunity: str) -> None:
    engine = open_engine(world["database_url"])
    with engine.begin() as connection:
        connection.execute(text(ADD), {"opportunity": opportunity})
    engine.dispose()


def main() -> None:
    """Prints how many projects were added, how many exports were killed, and the lines at which none was."""
    world = json.load(sys.stdin)
    outbound.MOST_WITHOUT_BULK = 0 if world["is_bulk"] else outbound.MOST_WITHOUT_BULK  # type: ignore[attr-defined]
    # What is imported at first use is imported once, here, and not in each process.
    export(world, "warm up")
    projects, planned, missed = 0, 0, []
    for number, kill in enumerate(kills(world["is_bulk"])):
        run_id = f"run {number}"
        add_project(world, world["opportunities"][number])
        change_projects(world, f"{kill}")
        projects += 1
        planned += projects
        if kill.first:
            assert kill_export(world, run_id, kill.first)
        if kill.is_newer:
            run_id += ", newer"
            change_projects(world, f"newer {kill}")
            planned += projects
        if not kill_export(world, run_id, kill.line):
            missed.append(kill.line)
        export(world, run_id)
    print(json.dumps({"projects": projects, "planned": planned, "missed": missed}))


if __name__ == "__main__":
    main()
