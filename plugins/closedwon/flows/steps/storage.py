"""Differences between a folder of a file system and one of an object store, and the store's errors as ours.

An object store has no folders: what has no object does not exist, what looks like an empty folder may be a marker
object, and making a folder's parents can make a bucket.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Protocol, Self, TypeGuard

from closedwon.errors import SetupFault, StorageUnavailable

_OBJECT_STORES = frozenset({"s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss"})


class Folder(Protocol):
    """The methods that batches use of `pathlib.Path` and Airflow's `ObjectStoragePath`."""

    def __truediv__(self, name: str, /) -> Self: ...
    def exists(self) -> bool: ...
    def iterdir(self) -> Iterator[Self]: ...
    def mkdir(self, mode: int = ..., parents: bool = ..., exist_ok: bool = ...) -> None: ...
    def unlink(self) -> None: ...
    def open(self, mode: str) -> IO[Any]: ...
    @property
    def name(self) -> str: ...


class StoreFolder(Folder, Protocol):
    """A folder of an object store: an `ObjectStoragePath`, with the client of its store."""

    @property
    def fs(self) -> Any: ...
    @property
    def bucket(self) -> str: ...
    @property
    def path(self) -> str: ...


def make_folder(folder: Folder) -> None:
    """Make the folder and its parents, where folders are made at all."""
    if not is_object_store(folder):
        folder.mkdir(parents=True, exist_ok=True)


def list_names(folder: Folder) -> list[str]:
    """Return the names of what is in the folder; none if it does not exist, or not yet.

    Raises:
        FileNotFoundError: the bucket does not exist.
    """
    if is_object_store(folder):
        # `find` tells an empty prefix, for which it returns nothing, from a missing bucket, for which it raises.
        return [str(path).rpartition("/")[2] for path in folder.fs.find(folder.path)]
    return [path.name for path in folder.iterdir()] if folder.exists() else []


@contextmanager
def storage_errors(folder: Folder) -> Iterator[None]:
    """Translate what an object store raises in the block; a file system's errors pass.

    Raises:
        SetupFault: the bucket does not exist, or the store refuses these credentials.
        StorageUnavailable: the store does not answer, or failed otherwise.
    """
    if not is_object_store(folder):
        yield
        return
    try:
        yield
    except FileNotFoundError as error:
        if folder.fs.exists(folder.bucket):
            raise
        raise SetupFault(
            f"The bucket '{folder.bucket}' does not exist (seen from {folder}), so batches cannot be kept between two "
            "tasks. Nothing was made. Correct CLOSEDWON_BATCHES, or make the bucket."
        ) from error
    except PermissionError as error:
        raise SetupFault(
            f"The object store refuses {folder}: '{error}'. Batches are kept there between two tasks. Correct the "
            "Connection that CLOSEDWON_BATCHES names, or let its user list, read, write and delete there."
        ) from error
    except Exception as error:
        raise StorageUnavailable(
            f"The object store failed at {folder}: '{error}'. The task can be repeated as it is. If it goes on, see "
            "whether the store runs, and whether the Connection that CLOSEDWON_BATCHES names leads to it."
        ) from error


def is_object_store(folder: Folder) -> TypeGuard[StoreFolder]:
    """Return whether the folder is a prefix of keys, not a folder."""
    return getattr(folder, "protocol", "file") in _OBJECT_STORES
