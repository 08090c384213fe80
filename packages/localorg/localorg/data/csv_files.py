"""CSV per object: `<object>.csv` (`Account.csv`), UTF-8, a header of API field names.

`Id` is the key by which other rows refer to a row: a Salesforce id, which is kept, or any text of your own, which an id
takes the place of. Reference fields hold such a key.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from localorg.data.dataset import DataError, Row, Table

LONGEST_CELL = 1_000_000


def read_csv(file: Path) -> Table:
    """The table of one file; what is wrong in the file is said by whoever goes through its rows."""
    return Table(file.stem, str(file), CsvRows(file))


@dataclass(frozen=True)
class CsvRows:
    """The rows of a file, read each time that one goes through them.

    Raises:
        DataFault: it is not CSV in UTF-8, or a row has more or fewer cells than the header.
    """

    file: Path

    def __iter__(self) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_CELL)
        try:
            with self.file.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines, strict=True)
                for row in reader:
                    yield self._checked(row, reader.line_num)
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"{self.file} cannot be read as CSV in UTF-8: {error}") from error

    def _checked(self, row: Mapping[str, str | None], line: int) -> Row:
        """DictReader marks a row that is too long by a name None, and one that is too short by values None."""
        if None in row or None in row.values():
            raise DataError(f"{self.file}, line {line}: the row has more or fewer cells than the header.")
        return row  # type: ignore[return-value]
