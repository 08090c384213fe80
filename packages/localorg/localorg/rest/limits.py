"""The org's limits: /limits and /limits/recordCount."""

from __future__ import annotations

from typing import Any

from localorg.bulk2.ingest import BATCHES_A_DAY
from localorg.bulk2.query import JOBS_A_DAY
from localorg.messages import Answer, Call
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
UNTOUCHED = {
    "AnalyticsExternalDataSizeMB": 40_960,
    "BOZosCalloutHourlyLimit": 20_000,
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentEinsteinDataInsightsStoryCreation": 5,
    "ConcurrentEinsteinDiscoveryStoryCreation": 2,
    "ConcurrentSyncReportRuns": 20,
    "DailyAnalyticsDataflowJobExecutions": 60,
    "DailyAnalyticsUploadedFilesSizeMB": 51_200,
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyDurableGenericStreamingApiEvents": 10_000,
    "DailyDurableStreamingApiEvents": 10_000,
    "DailyEinsteinDataInsightsStoryCreation": 1_000,
    "DailyEinsteinDiscoveryPredictAPICalls": 50_000,
    "DailyEinsteinDiscoveryPredictionsByCDC": 500_000,
    "DailyEinsteinDiscoveryStoryCreation": 100,
    "DailyFunctionsApiCallLimit": 50_000,
    "DailyGenericStreamingApiEvents": 10_000,
    "DailyStandardVolumePlatformEvents": 10_000,
    "DailyStreamingApiEvents": 10_000,
    "DailyWorkflowEmails": 390,
    "DataStorageMB": 1_024,
    "DurableStreamingApiConcurrentClients": 20,
    "FileStorageMB": 1_024,
    "HourlyAsyncReportRuns": 1_200,
    "HourlyDashboardRefreshes": 200,
    "HourlyDashboardResults": 5_000,
    "HourlyDashboardStatuses": 999_999_999,
    "HourlyLongTermIdMapping": 100_000,
    "HourlyManagedContentPublicRequests": 50_000,
    "HourlyODataCallout": 1_000,
    "HourlyPublishedPlatformEvents": 50_000,
    "HourlyPublishedStandardVolumePlatformEvents": 1_000,
    "HourlyShortTermIdMapping": 100_000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 50,
    "MassEmail": 10,
    "MonthlyEinsteinDiscoveryStoryCreation": 500,
    "MonthlyPlatformEventsUsageEntitlement": 0,
    "Package2VersionCreates": 6,
    "Package2VersionCreatesWithoutValidation": 500,
    "PermissionSets": 1_500,
    "PrivateConnectOutboundCalloutHourlyLimitMB": 0,
    "SingleEmail": 15,
    "StreamingApiConcurrentClients": 20,
}
"""Limits of features that the local org lacks, so that nothing of them is used."""
NEWER = {
    "CdpAiInferenceApiMonthlyLimit": (57.0, 500_000_000),
    "ContentDistBandwidthLimitMB": (57.0, 10_240),
    "ContentDistViewLimit": (57.0, 20_000),
    "ContentPublicationLimit": (57.0, 5_000),
    "DailyAsyncApexTests": (56.0, 500),
    "DailyDeliveredPlatformEvents": (57.0, 10_000),
    "DailyEinsteinDiscoveryOptimizationJobRuns": (57.0, 0),
    "DailyMetadataRetrievesWithDependencies": (64.0, 1_000),
    "ExternalServicesActiveObjects": (57.0, 7_500),
    "ExternalServicesActiveOperations": (57.0, 625),
    "ExternalServicesObjectProperties": (57.0, 187_500),
    "ExternalServicesObjects": (57.0, 12_500),
    "ExternalServicesOperations": (57.0, 25_000),
    "ExternalServicesRegistrations": (57.0, 150),
    "HourlyElevateAsyncReportRuns": (57.0, 1_200),
    "HourlyElevateSyncReportRuns": (57.0, 500),
    "MaxContentDocumentsLimit": (57.0, 30_000_000),
    "PlatformEventTriggersWithParallelProcessing": (57.0, 5),
    "PublishCallbackUsageInApex": (57.0, 5),
    "ScheduledFlowRunLimit": (57.0, 250_000),
    "ScheduledPathRunLimit": (57.0, 250_000),
}
"""Limits of the same kind that came later, with the version from which they are listed."""
GONE, FIRST_WITHOUT_THEM = ("BOZosCalloutHourlyLimit", "MonthlyPlatformEventsUsageEntitlement"), 57.0
BY_APP = ("DailyBulkApiBatches", "DailyGenericStreamingApiEvents", "DailyStreamingApiEvents")
"""Limits that an org also reports for each connected app."""
APPS = (
    "Ant Migration Tool",
    "Dataloader Bulk",
    "Dataloader Partner",
    "Force.com IDE",
    "Salesforce Mobile Dashboards",
    "Salesforce Touch",
    "Salesforce for Outlook",
    "Workbench",
)


@ROUTES.data("GET", "/limits")
def read_limits(instance: Instance, call: Call) -> Answer:
    """Return the daily limits; only those of API calls and bulk jobs change."""
    usage = instance.usage
    limits: dict[str, dict[str, Any]] = {
        "DailyApiRequests": _pair(usage.maximum, usage.used),
        "DailyBulkApiBatches": _pair(BATCHES_A_DAY, instance.ingest_jobs.used_today),
        "DailyBulkV2QueryJobs": _pair(JOBS_A_DAY, instance.query_jobs.used_today),
        **{name: _pair(maximum) for name, maximum in UNTOUCHED.items()},
    }
    for name in BY_APP:
        limits[name] |= {app: _pair(0) for app in APPS}
    limits["PermissionSets"]["CreateCustom"] = _pair(1_000)
    version = float(call.version)
    for name, (since, maximum) in NEWER.items():
        limits |= {name: _pair(maximum)} if version >= since else {}
    for name in GONE if version >= FIRST_WITHOUT_THEM else ():
        del limits[name]
    return Answer(body=dict(sorted(limits.items())))


def _pair(maximum: int, used: int = 0) -> dict[str, Any]:
    return {"Max": maximum, "Remaining": max(maximum - used, 0)}


@ROUTES.data("GET", "/limits/recordCount")
def count_records(instance: Instance, call: Call) -> Answer:
    """Return the number of records per object, without empty ones as in a real org; `sObjects` narrows it."""
    wanted = {name.strip().lower() for name in call.query.get("sObjects", "").split(",") if name.strip()}
    counts = instance.org.counts()
    listed = [
        {"count": counts[name], "name": name}
        for name in sorted(counts)
        if counts[name] and (not wanted or name.lower() in wanted)
    ]
    return Answer(body={"sObjects": listed})
