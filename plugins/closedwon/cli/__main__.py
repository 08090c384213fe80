"""`python -m closedwon.cli`, and the command `closedwon`."""

from __future__ import annotations

from typing import Any

import click

from closedwon.cli.explain import explain
from closedwon.cli.links import link, unlink
from closedwon.cli.migrate import migrate
from closedwon.cli.suggest import suggest
from closedwon.errors import ClosedwonError


class _Commands(click.Group):
    """Shows errors that say what to do as they are, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours ends it with status 1."""
        try:
            return super().invoke(ctx)
        except ClosedwonError as error:
            raise click.ClickException(str(error)) from None


COMMANDS = [explain, link, migrate, suggest, unlink]


@click.group(cls=_Commands, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Keep a Salesforce org and a delivery warehouse in step."""


if __name__ == "__main__":
    main(prog_name="closedwon")
