"""From staged pages to committed rows: parse, transform, expectations, load; one process, like one worker.

python -m bench.whole_way DATABASE_URL BATCHES_FOLDER RECORDS     prints seconds per step and the peak memory
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from closedwon.expectations.run import validate
from closedwon.flows import inbound
from closedwon.flows.steps.batches import Batches
from closedwon.mapping.model import Catalog, Mapping
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.transform.pages import read_page
from closedwon.transform.rows import to_rows
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.state.window import pin_window
from closedwon.warehouse.transaction import open_engine, transaction
from closedwon.window import Window

MAPPINGS = Path(__file__).parent / "mappings"
RUN = "bench"


def bench_catalog() -> tuple[Catalog, Mapping]:
    """Return the benchmark's own mapping: an account of 25 columns."""
    catalog = require_sound(read_catalog(MAPPINGS))
    return catalog, catalog.mapping("accounts")


def main(database_url: str, folder: str, records: str) -> None:
    """Run the three tasks after the extract, and print what they took."""
    catalog, mapping = bench_catalog()
    engine = open_engine(database_url)
    batches = Batches(Path(folder))
    with transaction(engine) as connection:
        prepare_warehouse(connection, catalog)
        pin_window(connection, RUN, mapping.name, Window(None, datetime(2027, 1, 1, tzinfo=UTC)))
    _warm_up(mapping, batches)
    figures = {
        "transform_s": _seconds(lambda: inbound.transform(mapping, batches, int(records))),
        "expectations_s": _seconds(lambda: inbound.validate(mapping, batches, int(records))),
        "load_s": _seconds(lambda: inbound.load(engine, mapping, batches, int(records), run_id=RUN)),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def _warm_up(mapping: Mapping, batches: Batches) -> None:
    """Import what a worker has imported before its first task; ten rows go through each library."""
    rows, _ = to_rows(read_page(batches.read_page(1)).head(10), mapping)
    validate(rows, mapping)


def _seconds(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*sys.argv[1:])
