"""Our standard objects beside those in jsforce's types: fields, kinds of value, relationships."""

from __future__ import annotations

import json
from typing import Any

import pytest
from material import MATERIAL

from localorg.schema import Schema, load_schema
from localorg.schema.model import NUMBER_TYPES

FILE = MATERIAL / "recorded" / "standard-schema-jsforce.json"
KINDS = {
    "boolean": {"boolean"},
    "number": set(NUMBER_TYPES),
    "DateString": {"date", "datetime"},
    "BlobString": {"base64"},
    "Address": {"address"},
}
NOT_HERE = {
    "Contact": {"CanAllowPortalSelfReg", "IndividualId"},
    "Lead": {"IndividualId"},
    "Event": {"RecurrenceTimeZoneSidKey"},
    "ContentVersion": {"ContentBodyId", "ExternalDataSourceId"},
    "ContentDocument": {"ParentId", "ContentAssetId"},
    "Product2": {"ExternalDataSourceId"},
    "UserRole": {"PortalRole"},
    "Profile": {"UserLicenseId"},
    "RecordType": {"BusinessProcessId"},
    "Organization": {"PreferencesIndividualAutoCreateEnabled"},
    "CampaignMember": {
        "Street",
        "State",
        "PostalCode",
        "Fax",
        "Description",
        "DoNotCall",
        "HasOptedOutOfEmail",
        "HasOptedOutOfFax",
        "LeadSource",
        "LeadOrContactOwnerId",
    },
    "Case": {
        "ProductId",
        "EntitlementId",
        "SourceId",
        "BusinessHoursId",
        "IsVisibleInSelfService",
        "HasCommentsUnreadByOwner",
        "HasSelfServiceComments",
        "IsClosedOnCreate",
        "IsSelfServiceClosed",
        "SlaStartDate",
        "SlaExitDate",
        "IsStopped",
        "StopStartDate",
        "Comments",
        "MilestoneStatus",
    },
    "User": {
        "StayInTouchSubject",
        "StayInTouchSignature",
        "StayInTouchNote",
        "OfflineTrialExpirationDate",
        "OfflinePdaTrialExpirationDate",
        "UserPermissionsAvantgoUser",
        "UserPermissionsMobileUser",
        "CallCenterId",
        "IsPortalSelfRegistered",
        "BannerPhotoUrl",
        "SmallBannerPhotoUrl",
        "MediumBannerPhotoUrl",
        "IndividualId",
    },
}
"""Fields of features that an org may be without: portals, entitlements, data protection records, external data."""
OBJECTS_NOT_HERE = {"ContentNote"}
OF_SETUP = ("UserPreferences", "Permissions")
"""Beginnings of the hundred and more switches of a user and of a profile, of which none are here."""


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema()


@pytest.fixture(scope="module")
def known() -> dict[str, dict[str, Any]]:
    if not FILE.exists():
        pytest.skip("the types of jsforce are not here")
    content: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def test_every_object_and_field_of_jsforce_is_here_but_for_those_of_features(
    schema: Schema, known: dict[str, dict[str, Any]]
) -> None:
    assert {name for name in known if schema.find(name) is None} == OBJECTS_NOT_HERE
    for name in set(known) - OBJECTS_NOT_HERE:
        sobject = schema.find(name)
        assert sobject is not None
        fields = {field for field in known[name]["fields"] if not field.startswith(OF_SETUP)}
        assert {field for field in fields if sobject.find(field) is None} == NOT_HERE.get(name, set()), name


def test_every_field_is_of_the_kind_that_jsforce_expects(schema: Schema, known: dict[str, dict[str, Any]]) -> None:
    compared = 0
    for sobject in filter(None, map(schema.find, known)):
        for name, kind in known[sobject.name]["fields"].items():
            field, kinds = sobject.find(name), KINDS.get(kind.removesuffix(" | null"))
            if field is not None and kinds is not None:
                compared += 1
                assert field.type in kinds, f"{sobject.name}.{name}"
    assert compared > 250


def test_every_relationship_of_a_field_has_the_name_that_jsforce_knows(
    schema: Schema, known: dict[str, dict[str, Any]]
) -> None:
    for sobject in filter(None, map(schema.find, known)):
        lost = {
            name
            for name in known[sobject.name].get("ParentReferences") or {}
            if sobject.relationship(name) is None and f"{name}Id" not in NOT_HERE.get(sobject.name, set())
        }
        assert lost == set(), sobject.name
