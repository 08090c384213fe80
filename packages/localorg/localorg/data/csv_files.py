"""CSV per object: `<object>.csv` (`Account.csv`), UTF-8, a header of API field names.

`Id` is the key by which other rows refer to a row: a Salesforce id, which is kept, or any text of your own, which an id
takes the place of. Reference fields hold such a key. Names may be in any case, as Data Loader writes them in capitals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from localorg.data.dataset import DataError, Row, Table

LONGEST_CELL = 1_000_000


def read_csv(file: Path) -> Table:
    """Return the table of one file; errors in the file are raised when its rows are read."""
    return Table(file.stem, str(file), CsvRows(file))


@dataclass(frozen=True)
class CsvRows:
    """The rows of a file, read each time that one goes through them.

    Raises:
        DataError: it is not CSV in UTF-8, or a row has more or fewer cells than the header.
    """

    file: Path

    def __iter__(self) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_CELL)
        try:
            with self.file.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines, strict=True)
                reader.fieldnames = [_with_usual_id(name) for name in reader.fieldnames or ()]
                for row in reader:
                    yield self._checked(row, reader.line_num)
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"{self.file} cannot be read as CSV in UTF-8: {error}") from error

    def _checked(self, row: Mapping[str, str | None], line: int) -> Row:
        """Refuse rows that are too long or too short, which DictReader marks with a key or values of None."""
        if None in row or None in row.values():
            raise DataError(f"{self.file}, line {line}: the row has more or fewer cells than the header.")
        return row  # type: ignore[return-value]


def _with_usual_id(name: str) -> str:
    return "Id" if name.lower() == "id" else name
