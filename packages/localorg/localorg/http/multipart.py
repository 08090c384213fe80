"""Read multipart bodies as a stream: JSON is kept in memory, files go to disk piece by piece."""

from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesHeaderParser

from localorg.errors import OrgError
from localorg.files.blobs import Blob, BlobStore, BlobWriter

LARGEST_VERSION = 2 * 1024**3
LARGEST_OTHER = 500 * 1024**2
"""Bytes of the files in one call: for a ContentVersion alone, and for anything else."""
LARGEST_JSON = 52_428_800
_LONGEST_HEAD = 16_384


def boundary_of(content_type: str) -> bytes | None:
    """Return the boundary of a multipart form; None for other bodies."""
    message = EmailMessage()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary")
    is_form = message.get_content_type() == "multipart/form-data"
    return str(boundary).encode() if is_form and boundary else None


class MultipartReader:
    """Takes a body in pieces of any size.

    `json` is its first part without a file name, and `files` are the others by their names.

    Raises:
        OrgError: INVALID_MULTIPART_REQUEST, EXCEEDED_MAX_SIZE_REQUEST.
    """

    def __init__(self, boundary: bytes, blobs: BlobStore, largest: int = LARGEST_VERSION) -> None:
        self.json: bytes | None = None
        self.files: dict[str, Blob] = {}
        self._delimiter = b"\r\n--" + boundary
        self._blobs = blobs
        self._largest = largest
        self._received = 0
        self._waiting = b"\r\n"
        self._in_head = False
        self._is_over = False
        self._name = ""
        self._text: bytearray | None = None
        self._file: BlobWriter | None = None

    def feed(self, data: bytes) -> None:
        """Read the next piece; bytes after the last boundary are ignored."""
        if self._is_over:
            return
        self._waiting += data
        while not self._is_over and self._step():
            pass

    def finish(self) -> bytes:
        """Return the JSON, once all pieces were read."""
        if not self._is_over:
            self.discard()
            raise _invalid("Multipart message ends before its last boundary")
        if self.json is None:
            raise _invalid("Multipart message must include a non-binary part")
        return self.json

    def discard(self) -> None:
        """Delete a file that was received in part only."""
        if self._file is not None:
            self._file.discard()

    def _step(self) -> bool:
        """Read one part of the buffer; return whether there may be more to read."""
        if self._in_head:
            return self._read_head()
        at = self._waiting.find(self._delimiter)
        if at < 0:
            kept = len(self._delimiter) + 2
            self._take(self._waiting[:-kept])
            self._waiting = self._waiting[-kept:]
            return False
        if len(self._waiting) < at + len(self._delimiter) + 2:
            return False
        self._take(self._waiting[:at])
        self._close_part()
        rest = self._waiting[at + len(self._delimiter) :]
        self._is_over = rest.startswith(b"--")
        self._in_head, self._waiting = True, rest
        return True

    def _read_head(self) -> bool:
        head, end, rest = self._waiting.partition(b"\r\n\r\n")
        if not end:
            if len(head) > _LONGEST_HEAD:
                raise _invalid("A part of the multipart message has no end of its headers")
            return False
        headers = BytesHeaderParser().parsebytes(head.lstrip(b" \t\r\n"))
        self._name = str(headers.get_param("name", "", "content-disposition"))
        is_file = headers.get_param("filename", None, "content-disposition") is not None
        if is_file or self.json is not None:
            self._file = self._blobs.writer()
        else:
            self._text = bytearray()
        self._in_head, self._waiting = False, rest
        return True

    def _take(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)
            self._received += len(data)
            if self._received > self._largest:
                raise too_large(self._largest)
        elif self._text is not None:
            self._text += data
            if len(self._text) > LARGEST_JSON:
                raise too_large(LARGEST_JSON)

    def _close_part(self) -> None:
        if self._file is not None:
            self.files[self._name] = self._file.close()
        elif self._text is not None:
            self.json = bytes(self._text)
        self._file = self._text = None


def too_large(most: int) -> OrgError:
    message = f"Maximum size of request reached. Maximum size of request is {most} bytes"
    return OrgError(413, "EXCEEDED_MAX_SIZE_REQUEST", message)


def _invalid(message: str) -> OrgError:
    return OrgError(400, "INVALID_MULTIPART_REQUEST", message)
