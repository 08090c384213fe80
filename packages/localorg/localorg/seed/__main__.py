"""Write generated data as one CSV file per object: python -m localorg.seed --out FOLDER."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

from localorg.seed import Sizes, generate, write_csv

OUT = Path(".localorg") / "data"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m localorg.seed", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--accounts", type=int, default=Sizes.accounts)
    parser.add_argument("--contacts", type=int, default=Sizes.contacts)
    parser.add_argument("--opportunities", type=int, default=Sizes.opportunities)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--today", type=date.fromisoformat, default=datetime.now(UTC).date(), metavar="YYYY-MM-DD")
    options = parser.parse_args()
    if options.accounts < 1 or options.contacts < 0 or options.opportunities < 0:
        parser.error("there must be one account or more, as contacts and opportunities belong to accounts.")
    sizes = Sizes(options.accounts, options.contacts, options.opportunities)
    tables = generate(sizes, options.seed, options.today)
    write_csv(options.out, tables)
    print(f"{options.out}: " + ", ".join(f"{len(rows)} {sobject}" for sobject, rows in tables.items()))


if __name__ == "__main__":
    main()
