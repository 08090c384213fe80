"""One measured figure a line, on the screen and in `bench/out/results.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

OUT = Path(__file__).parent / "out" / "results.json"


@dataclass(frozen=True)
class Figure:
    """A value with its unit and, where it is a ratio, what it is a ratio to."""

    name: str
    value: float
    unit: str
    base: str = ""

    def __str__(self) -> str:
        return f"{self.name:<44} {self.value:>12,.2f} {self.unit:<10} {self.base}".rstrip()


def keep(figures: list[Figure]) -> None:
    """Write all figures of this run to `bench/out/results.json`."""
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")
