"""`python -m demo.clean`: ends and removes what earlier demos have left, inside the state folders and outside."""

from __future__ import annotations

import shutil

from demo.airflow_environment import PROJECT
from demo.postgres import end_postgres, remove_postgres
from demo.state import hold_state

STATE = PROJECT / ".demo"


def main() -> None:
    """Remove what demos have made; StateInUse is raised while one runs."""
    for state in (STATE, *sorted((STATE / "data").glob("*"))):
        with hold_state(state):
            end_postgres(state / "postgres")
            remove_postgres(state / "postgres")
    shutil.rmtree(STATE)


if __name__ == "__main__":
    main()
