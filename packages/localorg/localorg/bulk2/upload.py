"""Read the CSV file of an ingest job with Salesforce's rules, in batches of 10,000 rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TextIO

from localorg.bulk2.jobs import DELIMITERS, Job, JobFailed

ROWS_A_BATCH = 10_000
"""Rows that count as one of the batches of a day."""
MOST_COLUMNS, LONGEST_CELL, LONGEST_ROW = 5_000, 32_000, 400_000


class Upload:
    """An open file; `header` is its first record.

    Raises:
        JobFailed: it is not in UTF-8, ends its lines otherwise than the job says, is no CSV, or has no rows.
    """

    def __init__(self, job: Job, file: TextIO) -> None:
        csv.field_size_limit(LONGEST_ROW)
        self.header: list[str] = []
        self.unread: list[list[str]] = []
        """The rows of a batch that could not be read to its end."""
        try:
            _check_line_ending(job, file)
        except UnicodeDecodeError as error:
            raise _no_utf8(error) from error
        self._rows = _read(file, DELIMITERS[job.delimiter])
        first = self._next_rows(1)
        if not first:
            raise JobFailed("ClientInputError : Unable to find any data to create batch")
        self.header = first[0]

    def batches(self) -> Iterator[Sequence[list[str]]]:
        """Yield the rows, 10,000 at a time; a batch that is wrong anywhere is wrong as a whole. A short row lacks its
        last cells.
        """
        rows = self._next_rows(ROWS_A_BATCH)
        if not rows:
            raise JobFailed("InvalidBatch : Records not found")
        while rows:
            yield rows
            rows = self._next_rows(ROWS_A_BATCH)

    def _next_rows(self, number: int) -> list[list[str]]:
        width = len(self.header)
        try:
            for row in islice(self._rows, number):
                self.unread.append(row if len(row) >= width else row + [""] * (width - len(row)))
        except UnicodeDecodeError as error:
            raise _no_utf8(error) from error
        except csv.Error as error:
            raise _no_csv(_csv_error(error)) from error
        rows, self.unread = self.unread, []
        return rows


def _check_line_ending(job: Job, file: TextIO) -> None:
    first = file.readline()
    file.seek(0)
    found = "CRLF" if first.endswith("\r\n") else "LF"
    if first.endswith("\n") and found != job.line_ending:
        message = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is"
        raise JobFailed(f"{message} {job.line_ending}")


class _Record(Iterator[str]):
    """Gives lines to the CSV reader, and keeps the text of the record that it is reading."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.text = ""

    def __next__(self) -> str:
        line = next(self._lines)
        self.text = self.text + line if self.text else line
        return line


def _read(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the records; blank lines are none."""
    record = _Record(lines)
    for row in csv.reader(record, delimiter=delimiter, strict=True):
        text, record.text = record.text, ""
        if '"' in text and '"' in "".join(row):
            _check_quotes(row, text)
        if len(text) > LONGEST_CELL:
            _check_sizes(row)
        if len(row) > MOST_COLUMNS:
            raise _no_csv(f"Exceeded max number of columns per record : {MOST_COLUMNS}")
        if row:
            yield row


def _check_quotes(row: list[str], text: str) -> None:
    """Refuse a quote in a cell that is not quoted, which Python's reader takes for an ordinary character."""
    for cell in row:
        if '"' in cell and '"' + cell.replace('"', '""') + '"' not in text:
            raise _no_csv("Found unescaped quote. A value with quote should be within a quote")


def _check_sizes(row: list[str]) -> None:
    if (longest := max(map(len, row), default=0)) > LONGEST_CELL:
        raise _no_csv(f"Exceeded max field size: {longest}")
    if (whole := sum(map(len, row))) > LONGEST_ROW:
        limit = f"Max length for one record should be less than or equal to {LONGEST_ROW}"
        raise _no_csv(f"Exceeded max length for one record: {whole}. {limit}")


def _csv_error(error: csv.Error) -> str:
    """Return the error message of Salesforce's own reader."""
    if "unexpected end of data" in str(error):
        return "EOF reached before closing an opened quote"
    if "field limit" in str(error):
        return f"Exceeded max field size: {LONGEST_ROW}"
    return "Not expecting more text after end quote"


def _no_utf8(error: UnicodeDecodeError) -> JobFailed:
    return JobFailed(f"ClientInputError : The upload is not in UTF-8: {error}")


def _no_csv(message: str) -> JobFailed:
    return JobFailed(f"InvalidBatch : Failed to parse CSV. {message}")
