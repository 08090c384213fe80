"""`closedwon explain`: why a record is, or is not, a project."""

from __future__ import annotations

import click

from closedwon.ids import to_id18


def _to_record_id(_context: click.Context, _parameter: click.Parameter, seen: str) -> str:
    try:
        return to_id18(seen.strip())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("record_id", metavar="RECORD", callback=_to_record_id)
def explain(record_id: str) -> None:
    """Say why the Salesforce record with the id RECORD is, or is not, a project.

    In three lines: whether it came in, what each rule decided and why, and which project it has. Nothing is changed.
    """
    from closedwon.flows import explanation
    from closedwon.orchestration.clients import open_warehouse, read_catalog
    from closedwon.orchestration.connections import use_saved_connections

    use_saved_connections()
    with open_warehouse() as engine:
        lines = explanation.explain(engine, read_catalog(), record_id)
    click.echo("\n".join(lines))
