"""Runs one export for each line of the flow: killed (-9) at that line, then repeated. A program, for test_export_kills.

Each run is a process of its own, forked from this one, so that nothing but warehouse and org remembers the killed one.
It reads from standard input, as JSON: database_url, base_url, ca_file, token, opportunities.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from simple_salesforce import Salesforce
from sqlalchemy import text

from closedwon.flows import outbound
from closedwon.mapping.loader import load_catalog
from closedwon.salesforce.session import open_session
from closedwon.warehouse.transaction import open_engine

MAPPING = load_catalog(Path(__file__).parents[2] / "include" / "mappings").mapping("projects")
ADD = """INSERT INTO delivery.projects (name, lead_email, source_sobject, source_salesforce_id)
         VALUES ('Acme', 'lead@closedwon.example', 'Opportunity', :opportunity)"""
CHANGE = "UPDATE delivery.projects SET health = :line"


def flow_lines() -> list[int]:
    """The lines of the flow's functions."""
    functions = [value for value in vars(outbound).values() if getattr(value, "__module__", "") == outbound.__name__]
    codes = [function.__code__ for function in functions if hasattr(function, "__code__")]
    return sorted({line for code in codes for line in _lines(code)})


def _lines(code: CodeType) -> Iterator[int]:
    yield from (line for _, _, line in code.co_lines() if line and line > code.co_firstlineno)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lines(constant)


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


def in_a_process(work: Callable[[], None]) -> bool:
    """Whether the work was killed; any other failure of it ends this program."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, -signal.SIGKILL):
        raise SystemExit(status)
    return status != 0


def main() -> None:
    world = json.load(sys.stdin)
    killed = 0
    for line, opportunity in zip(flow_lines(), world["opportunities"], strict=False):

        def work(line: int = line, opportunity: str = opportunity) -> None:
            with open_engine(world["database_url"]).begin() as connection:
                connection.execute(text(ADD), {"opportunity": opportunity})
                connection.execute(text(CHANGE), {"line": f"line {line}"})
            sys.settrace(killed_at(line))
            export(world, f"line {line}")

        killed += in_a_process(work)
        in_a_process(lambda line=line: export(world, f"line {line}"))
    print(json.dumps({"lines": len(flow_lines()), "killed": killed}))


if __name__ == "__main__":
    main()
