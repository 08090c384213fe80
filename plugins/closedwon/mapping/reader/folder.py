"""Reading of the folder's files as bytes; the catalog is cached by these bytes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from closedwon.errors import MappingFault
from closedwon.mapping.model import Catalog
from closedwon.mapping.reader.assembly import Files, assemble_catalog

_PATTERNS = ("*.y*ml", "values/*.csv", "suites/*.y*ml", "templates/*.y*ml", "rules/*.y*ml")


def read_catalog(folder: Path) -> Catalog:
    """Return the catalog of a folder's mapping files: sound ones ready for use, broken ones with findings."""
    return _parse(folder.name, tuple(read_files(folder)))


def require_sound(catalog: Catalog) -> Catalog:
    """Return the catalog unchanged if no file is broken, else raise.

    Raises:
        MappingFault: a file is broken; the message lists every finding of every file, each on a line as
            `accounts.yaml:12: what was seen, and what to do`.
    """
    findings = sorted({finding for broken in catalog.broken for finding in broken.findings})
    if findings:
        count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        listed = "\n".join(map(str, findings))
        raise MappingFault(f"{count} in the mapping files; correct them:\n{listed}")
    return catalog


def read_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a folder that a catalog is made of, each by its path below the folder."""
    for pattern in _PATTERNS:
        for path in sorted(folder.glob(pattern)):
            yield path.relative_to(folder).as_posix(), path.read_bytes()


# Keyed by the files' bytes, whose hash Python compares first: an unchanged folder is a hit, a changed file a miss.
@lru_cache(maxsize=8)
def _parse(folder: str, files: Files) -> Catalog:
    return assemble_catalog(folder, files)
