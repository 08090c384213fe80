"""`closedwon migrate`: what the warehouse lacks, made before a run needs it."""

from __future__ import annotations

import click


@click.command()
def migrate() -> None:
    """Make or upgrade the warehouse's tables and views, as the first task of each run does.

    So that what a mapping file looks up is there before the first import, such as your people in delivery.people.
    """
    from closedwon.orchestration.clients import open_warehouse, read_catalog
    from closedwon.orchestration.connections import use_saved_connections
    from closedwon.warehouse.prepare import prepare_warehouse
    from closedwon.warehouse.transaction import transaction

    use_saved_connections()
    with open_warehouse() as engine, transaction(engine) as connection:
        made = prepare_warehouse(connection, read_catalog())
    click.echo("\n".join(f"made {name}" for name in made) or "Nothing was missing.")
