"""The org's quota of API calls, and the resources /limits and /limits/recordCount."""

from __future__ import annotations

from localorg.state.instance import Instance
from localorg.wire import Answer, Call, Routes

ROUTES = Routes()


@ROUTES.data("GET", "/limits")
def read_limits(instance: Instance, _call: Call) -> Answer:
    """Daily limits; only those of API calls and bulk jobs move."""
    usage = instance.usage
    pairs = {
        "DailyApiRequests": (usage.maximum, max(usage.maximum - usage.used, 0)),
        "DailyBulkApiBatches": (15000, 15000 - len(instance.ingest_jobs)),
        "DailyBulkV2QueryJobs": (10000, 10000 - len(instance.query_jobs)),
        "DailyBulkV2QueryFileStorageMB": (976562, 976562),
        "DataStorageMB": (1024, 1024),
        "FileStorageMB": (1024, 1024),
    }
    return Answer(body={name: {"Max": maximum, "Remaining": remaining} for name, (maximum, remaining) in pairs.items()})


@ROUTES.data("GET", "/limits/recordCount")
def count_records(instance: Instance, call: Call) -> Answer:
    """Records per object, those with none left out, as the org does; `sObjects` narrows it."""
    wanted = {name for name in call.query.get("sObjects", "").split(",") if name}
    counts = instance.org.counts()
    listed = [
        {"count": counts[name], "name": name}
        for name in sorted(counts)
        if counts[name] and (not wanted or name in wanted)
    ]
    return Answer(body={"sObjects": listed})
