"""`closedwon suggest`: a mapping file for an object of the org."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from closedwon.errors import SetupFault


@click.command()
@click.argument("sobject", metavar="OBJECT")
@click.option("--org", default="salesforce", show_default=True, help="Airflow Connection of the org.")
@click.option("--table", help="Table that is to hold the records, such as crm.cases; default: by the object's name.")
@click.option("--write", is_flag=True, help="Write it, with a value map for each picklist; never over a file.")
def suggest(sobject: str, org: str, table: str | None, write: bool) -> None:
    """Print a mapping file for OBJECT, made from what the org says of its fields.

    It can be used as it is: every field that can be received has a line, with its type, the table that it refers to and
    the org's help text. Take out the lines that you do not need. CLOSEDWON_MAPPINGS names the folder of the mapping
    files; default: include/mappings.
    """
    from closedwon.flows import suggestion
    from closedwon.mapping.reader.folder import read_files
    from closedwon.orchestration.clients import log_in, mappings_folder
    from closedwon.orchestration.connections import use_saved_connections

    use_saved_connections()
    folder = mappings_folder()
    suggested = suggestion.suggest(log_in(org), tuple(read_files(folder)), sobject, table=table, with_values=write)
    if write:
        _write_new(folder, suggested.files)
    else:
        click.echo(suggested.text, nl=False)


def _write_new(folder: Path, files: Mapping[str, str]) -> None:
    """Write files that are not there yet, all of them or none; the mapping last, as it needs the others.

    Raises:
        SetupFault: one of them is there, or the folder cannot be written.
    """
    there = [file for file in files if (folder / file).exists()]
    if there:
        raise SetupFault(
            f"{' and '.join(there)} in {folder} would be overwritten: nothing was written.",
            remedy="Move it away; or leave --write out, and take over the lines that you want.",
        )
    try:
        for file, text in files.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8", newline="")
            click.echo(f"wrote {folder / file}")
    except OSError as error:
        raise SetupFault(
            f"'{error.filename}' cannot be written: {error.strerror}.",
            remedy="Give this user the right to write the folder, or leave --write out and save what is printed.",
        ) from None
