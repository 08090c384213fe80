"""`closedwon link` and `closedwon unlink`: which Salesforce record a project comes from."""

from __future__ import annotations

import click


@click.command()
@click.argument("code")
@click.argument("record_id", metavar="RECORD")
def link(code: str, record_id: str) -> None:
    """Link the project CODE (P-000042) to the Salesforce record with the id RECORD.

    No field of the project is filled from the record. From the next export on the project is shown at the record, and
    no rule makes a second project of it.
    """
    from closedwon.flows.project_links import link_project
    from closedwon.orchestration.clients import open_warehouse, read_catalog
    from closedwon.orchestration.connections import use_saved_connections

    use_saved_connections()
    with open_warehouse() as engine:
        made = link_project(engine, read_catalog(), code, record_id)
    click.echo(f"{made.code} is linked to {made.sobject} {made.salesforce_id}.")


@click.command()
@click.argument("code")
def unlink(code: str) -> None:
    """End the link between the project CODE (P-000042) and its Salesforce record; both stay.

    A rule that made the project makes no second one, as long as the record stays at the value that it waits for.
    """
    from closedwon.flows.project_links import unlink_project
    from closedwon.orchestration.clients import open_warehouse
    from closedwon.orchestration.connections import use_saved_connections

    use_saved_connections()
    with open_warehouse() as engine:
        ended = unlink_project(engine, code)
    click.echo(f"{ended.code} is no longer linked to {ended.sobject} {ended.salesforce_id}.")
