"""Derive FileType, title and extension from a file's name."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

_FILE_TYPES = {
    "doc": "WORD",
    "docx": "WORD_X",
    "htm": "HTML",
    "jpeg": "JPG",
    "ppt": "POWER_POINT",
    "pptx": "POWER_POINT_X",
    "txt": "TEXT",
    "xls": "EXCEL",
    "xlsx": "EXCEL_X",
}
_NAMED_BY_EXTENSION = frozenset(
    {"ai", "bmp", "csv", "gif", "html", "jpg", "json", "mov", "mp3", "mp4", "pdf", "png", "psd", "rtf", "svg", "tiff"}
    | {"wav", "xml", "zip"}
)


def file_type(extension: str | None) -> str:
    """Return the FileType of a file with this extension."""
    known = (extension or "").lower()
    return _FILE_TYPES.get(known) or (known.upper() if known in _NAMED_BY_EXTENSION else "UNKNOWN")


def title_of(path: str) -> str:
    """Return the title of a file for which none was given: its name without folders and extension."""
    return _name_of(path).stem


def extension_of(path: str | None) -> str | None:
    """Return the extension of a file, without its dot."""
    return (_name_of(path).suffix[1:] or None) if path else None


def _name_of(path: str) -> PurePosixPath:
    return PurePosixPath(PureWindowsPath(path).name)
