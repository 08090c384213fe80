"""Random queries, answered by the org and by a plain evaluator of the same syntax tree: they must agree."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from proof_answers import is_allowed
from proof_world import CUSTOM, QueryContext, make_world
from reference_query import ROOT, answer, is_aggregate, is_count
from soql_generator import SoqlGenerator

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import Schema, load_schema
from localorg.soql.syntax import tree
from localorg.soql.syntax.parse import parse

WORDS = """
LIKE|NOT IN|INCLUDES|EXCLUDES|NOT (| OR |IN (SELECT|NULLS LAST|LIMIT|OFFSET|COUNT()|HAVING|ROLLUP|CUBE|GROUPING(|TYPEOF
COUNT_DISTINCT|AVG(|LAST_N_|CALENDAR_|FROM TASKS|WHAT.TYPE|OWNER.NAME|NULL|\\'
"""
WORLDS = 5
QUERIES_PER_WORLD = 400


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    file = tmp_path_factory.mktemp("proof") / "custom.yaml"
    file.write_text(CUSTOM, encoding="utf-8")
    return load_schema(file)


@pytest.mark.parametrize("world_seed", range(WORLDS))
def test_the_org_answers_as_the_reference_does(schema: Schema, world_seed: int) -> None:
    random = Random(world_seed)
    now = datetime(2024, 2, 29, 11, 56, 44, tzinfo=UTC) + timedelta(days=random.randint(0, 1_000))
    org = Org(schema, None, lambda: now)
    world = make_world(org, random, now)
    seeds = range(world_seed * 1_000_000, world_seed * 1_000_000 + QUERIES_PER_WORLD)
    differences = [told for seed in seeds if (told := find_difference(org, world, seed)) is not None]
    org.close()
    assert not differences, f"{len(differences)} differences, of which the first is\n{differences[0]}"


def test_the_random_queries_ask_for_everything_and_most_find_something(schema: Schema) -> None:
    org = Org(schema, None, lambda: datetime(2026, 5, 6, tzinfo=UTC))
    world = make_world(org, Random(0), datetime(2026, 5, 6, tzinfo=UTC))
    queries = [SoqlGenerator(Random(seed), world).query() for seed in range(QUERIES_PER_WORLD)]
    org.close()
    written = "\n".join(queries).upper()
    assert [word for word in WORDS.strip("\n").replace("\n", "|").split("|") if word not in written] == []
    assert sum(answer(world, parse(soql)).size > 0 for soql in queries) > QUERIES_PER_WORLD / 2


def test_bulk_results_hold_the_same_rows(schema: Schema) -> None:
    now = datetime(2026, 5, 6, 11, 56, 44, tzinfo=UTC)
    org = Org(schema, None, lambda: now)
    world = make_world(org, Random(0), now)
    asked = [
        soql for seed in range(QUERIES_PER_WORLD) if is_for_bulk(soql := SoqlGenerator(Random(seed), world).query())
    ]
    differing = [soql for soql in asked if not is_exported(org, world, soql)]
    org.close()
    assert len(asked) > QUERIES_PER_WORLD / 4
    assert not differing, f"{len(differing)} differences, of which the first is\n{differing[0]}"


def is_for_bulk(soql: str) -> bool:
    query = parse(soql)
    is_flat = all(isinstance(column, tree.Column) for column in query.columns)
    return is_flat and query.offset is None and not is_count(query) and not is_aggregate(query)


def is_exported(org: Org, world: QueryContext, soql: str) -> bool:
    """Whether bulk results hold what the reference finds, in the forms of CSV."""
    query = parse(soql)
    found = answer(world, query)
    export = org.export(soql)
    rows = [list(row) for batch in export.batches() for row in batch]
    wanted = [[to_cell(record, path.split(".")) for path in export.columns] for record in found.records]
    return is_allowed(query, replace(found, records=wanted), rows)


def to_cell(record: Any, names: list[str]) -> Any:
    for name in names:
        record = record and record[name]
    if isinstance(record, bool):
        return str(record).lower()
    return record.replace("+0000", "Z") if isinstance(record, str) and record.endswith(".000+0000") else record


def find_difference(org: Org, world: QueryContext, seed: int) -> str | None:
    """What the org answers to the query of this seed and what it should, if that is not the same."""
    random = Random(seed)
    soql = SoqlGenerator(random, world).query()
    include_deleted = random.random() < 0.15
    query = parse(soql)
    found = answer(world, query, include_deleted=include_deleted)
    try:
        result = org.query(soql, include_deleted=include_deleted)
    except OrgError as error:
        return f"seed {seed}: {soql}\nrefused with {error.code}: {error.message}"
    if is_count(query):
        is_same = result.total_size == found.size
        records = [{"totalSize": result.total_size}]
    else:
        records = result.records(0, 2_000, root=ROOT)
        is_same = result.total_size == found.size and is_allowed(query, found, records)
    return None if is_same else _told(seed, soql, include_deleted, records, found.records[found.start : found.end])


def _told(seed: int, soql: str, include_deleted: bool, given: list[object], wanted: list[object]) -> str:
    deleted = " (with deleted records)" if include_deleted else ""
    lines = [f"seed {seed}{deleted}: {soql}"]
    for name, records in (("the org", given), ("the reference", wanted)):
        lines += [f"{name}, {len(records)}:", *(json.dumps(record, ensure_ascii=False) for record in records)]
    return "\n".join(lines)
