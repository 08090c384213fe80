"""Requests as they should be, for every endpoint: what the fuzz begins with before it spoils them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

DATA = "/services/data/v59.0"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CSV = {"Content-Type": "text/csv"}
XML = {"Content-Type": "application/xml; charset=UTF-8"}
BULK_NAMESPACE = 'xmlns="http://www.force.com/2009/06/asyncapi/dataload"'

QUERIES = (
    "SELECT Id, Name FROM Account",
    "SELECT Id, Account.Owner.Name, (SELECT Id FROM Tasks) FROM Contact WHERE LastName LIKE 'a%' ORDER BY Name LIMIT 5",
    "SELECT Industry, COUNT(Id) n, SUM(AnnualRevenue) FROM Account GROUP BY ROLLUP(Industry) HAVING COUNT(Id) > 0",
    "SELECT COUNT() FROM Opportunity WHERE CloseDate > LAST_N_DAYS:30 AND Amount >= 10.5 OR IsWon = true",
    "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Name NOT IN ('a', null)",
    "SELECT FIELDS(ALL) FROM Contact LIMIT 200",
    "SELECT TYPEOF What WHEN Account THEN Phone ELSE Name END FROM Task",
    "SELECT CALENDAR_YEAR(CloseDate) y, MAX(Amount) FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate)",
    "SELECT toLabel(StageName), FORMAT(Amount) FROM Opportunity WHERE CreatedDate = 2026-01-02T03:04:05Z FOR VIEW",
    "SELECT DISTANCE(BillingAddress, GEOLOCATION(1,2), 'km') FROM Account WHERE NOT (Name = 'O\\'Neill' OR Name = 'b')",
)


@dataclass
class Template:
    """A request before it is encoded. `body` is JSON unless it is bytes; None is no body."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass
class Known:
    """The ids that answers have told, by what they are of, and a token."""

    token: str
    ids: dict[str, list[str]]

    def any(self, random: Random, kind: str) -> str:
        return random.choice(self.ids.get(kind) or ["001000000000001AAA"])

    def latest(self, random: Random, kind: str) -> str:
        """One of those made last, so that a job is likely to be taken from one step to the next."""
        return random.choice(self.ids.get(kind, [])[-2:] or ["750000000000001AAA"])


def pick(random: Random, known: Known) -> Template:
    """A request for one of the endpoints, and one that is in order."""
    make = random.choice(FAMILIES)
    return random.choice(make(random, known))


def _reads(random: Random, known: Known) -> Sequence[Template]:
    account, soql = known.any(random, "Account"), random.choice(QUERIES)
    window = {"start": "2026-05-01T00:00:00+00:00", "end": "2026-05-08T00:00:00Z"}
    return (
        Template("GET", "/services/data"),
        Template("GET", DATA),
        Template("GET", f"{DATA}/sobjects"),
        Template("GET", f"{DATA}/sobjects/Account"),
        Template(
            "GET", f"{DATA}/sobjects/Group/describe", headers={"If-Modified-Since": "Wed, 06 May 2026 11:56:44 GMT"}
        ),
        Template("GET", f"{DATA}/sobjects/Account/{account}", {"fields": "Id,Name"}),
        Template("GET", f"{DATA}/sobjects/Account/Key__c/a%2Fb"),
        Template("GET", f"{DATA}/sobjects/Account/updated", window),
        Template("GET", f"{DATA}/sobjects/Account/deleted", window),
        Template("GET", f"{DATA}/query", {"q": soql}, {"Sforce-Query-Options": "batchSize=200"}),
        Template("GET", f"{DATA}/query", {"q": soql}),
        Template("GET", f"{DATA}/queryAll", {"q": soql}),
        Template("GET", f"{DATA}/query/{known.any(random, 'cursor')}"),
        Template("GET", f"{DATA}/limits"),
        Template("GET", f"{DATA}/limits/recordCount", {"sObjects": "Account,Contact"}),
        Template("GET", f"{DATA}/search", {"q": "FIND {Acme*} IN ALL FIELDS RETURNING Account(Id, Name LIMIT 5)"}),
        Template("GET", f"{DATA}/parameterizedSearch", {"q": "Acme", "sobject": "Account", "Account.fields": "id"}),
        Template(
            "POST", f"{DATA}/parameterizedSearch", body={"q": "A", "fields": ["id"], "sobjects": [{"name": "Account"}]}
        ),
        Template("GET", f"{DATA}/recent", {"limit": "5"}),
        Template("GET", f"{DATA}/tooling/query", {"q": "SELECT Id FROM ApexClass"}),
        Template("GET", f"{DATA}/sobjects/ContentVersion/{known.any(random, 'ContentVersion')}/VersionData"),
        Template("GET", f"{DATA}/sobjects/Attachment/{account}/Body"),
    )


def _writes(random: Random, known: Known) -> Sequence[Template]:
    account, contact = known.any(random, "Account"), known.any(random, "Contact")
    record = {"Name": "Fuzz", "NumberOfEmployees": 3, "AnnualRevenue": 1.5, "Industry": "Banking", "ParentId": account}
    deal = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-05-06", "Account": {"Key__c": "a/b"}}
    version = {"Title": "T", "PathOnClient": "t.txt", "VersionData": "aGVsbG8="}
    return (
        Template("POST", f"{DATA}/sobjects/Account", body=record),
        Template(
            "POST", f"{DATA}/sobjects/Contact", body={"LastName": "F", "Email": "a@b.example", "AccountId": account}
        ),
        Template("POST", f"{DATA}/sobjects/Opportunity", body=deal),
        Template("POST", f"{DATA}/sobjects/Task", body={"Subject": "S", "WhatId": account, "WhoId": contact}),
        Template("POST", f"{DATA}/sobjects/Event", body={"Subject": "E", "StartDateTime": "2026-05-06T11:00:00Z"}),
        Template("POST", f"{DATA}/sobjects/ContentVersion", body=version),
        Template("PATCH", f"{DATA}/sobjects/Account/{account}", body={"Phone": "1", "Description": None}),
        Template("PATCH", f"{DATA}/sobjects/Account/Key__c/{random.randint(1, 9)}", body={"Name": "Up"}),
        Template("PATCH", f"{DATA}/sobjects/Account/Id/{account}", {"updateOnly": "true"}, body={"Site": "S"}),
        Template("POST", f"{DATA}/sobjects/Account/{account}", {"_HttpMethod": "PATCH"}, body={"Fax": "2"}),
        Template("DELETE", f"{DATA}/sobjects/Contact/{contact}"),
        Template("DELETE", f"{DATA}/sobjects/Account/Key__c/{random.randint(1, 9)}"),
    )


def _composites(random: Random, known: Known) -> Sequence[Template]:
    account = known.any(random, "Account")
    typed = {"attributes": {"type": "Account"}, "Name": "C"}
    keyed = {**typed, "Key__c": str(random.randint(1, 9))}
    create = {"method": "POST", "url": f"{DATA}/sobjects/Account", "referenceId": "a", "body": {"Name": "X"}}
    link = {"LastName": "L", "AccountId": "@{a.id}"}
    then = {"method": "POST", "url": f"{DATA}/sobjects/Contact", "referenceId": "c", "body": link}
    look = {"method": "GET", "url": f"{DATA}/query?q=SELECT+Id+FROM+Account", "referenceId": "q"}
    whole = {"allOrNone": random.random() < 0.5, "compositeRequest": [create, then, look]}
    nested = {"method": "POST", "url": f"{DATA}/composite", "referenceId": "n", "body": whole}
    tree = {"attributes": {"type": "Account", "referenceId": "r"}, "Name": "T"}
    child = {"attributes": {"type": "Contact", "referenceId": "k"}, "LastName": "K"}
    every = ["Id", "Name"]
    return (
        Template("POST", f"{DATA}/composite", body=whole),
        Template("POST", f"{DATA}/composite", body={"compositeRequest": [nested, look]}),
        Template("POST", f"{DATA}/composite/batch", body={"batchRequests": [{"method": "GET", "url": "v59.0/limits"}]}),
        Template(
            "POST", f"{DATA}/composite/graph", body={"graphs": [{"graphId": "1", "compositeRequest": [create, then]}]}
        ),
        Template(
            "POST", f"{DATA}/composite/tree/Account", body={"records": [{**tree, "Contacts": {"records": [child]}}]}
        ),
        Template("POST", f"{DATA}/composite/sobjects", body={"allOrNone": False, "records": [typed, typed]}),
        Template("PATCH", f"{DATA}/composite/sobjects", body={"records": [{**typed, "Id": account}]}),
        Template("PATCH", f"{DATA}/composite/sobjects/Account/Key__c", body={"records": [keyed]}),
        Template(
            "DELETE", f"{DATA}/composite/sobjects", {"ids": f"{known.any(random, 'Contact')}", "allOrNone": "true"}
        ),
        Template("GET", f"{DATA}/composite/sobjects/Account", {"ids": account, "fields": "Id,Name"}),
        Template("POST", f"{DATA}/composite/sobjects/Account", body={"ids": [account], "fields": every}),
    )


def _jobs(random: Random, known: Known) -> Sequence[Template]:
    ingest, query = known.latest(random, "ingest"), known.latest(random, "query")
    wish = {"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    upsert = {**wish, "operation": "upsert", "externalIdFieldName": "Key__c", "columnDelimiter": "PIPE"}
    rows = "Name,Key__c,AnnualRevenue\n" + "".join(f'"R {number}",k{number},{number}.5\n' for number in range(3))
    return (
        Template("POST", f"{DATA}/jobs/ingest", body=wish),
        Template("POST", f"{DATA}/jobs/ingest", body=upsert),
        Template("GET", f"{DATA}/jobs/ingest", {"isPkChunkingEnabled": "false"}),
        Template("GET", f"{DATA}/jobs/ingest/{ingest}"),
        Template("PUT", f"{DATA}/jobs/ingest/{ingest}/batches", headers=CSV, body=rows.encode()),
        Template("PUT", f"{DATA}/jobs/ingest/{ingest}/batches", headers=CSV, body=rows.replace(",", "|").encode()),
        Template("PATCH", f"{DATA}/jobs/ingest/{ingest}", body={"state": "UploadComplete"}),
        Template("PATCH", f"{DATA}/jobs/ingest/{ingest}", body={"state": "Aborted"}),
        Template("DELETE", f"{DATA}/jobs/ingest/{ingest}"),
        Template("GET", f"{DATA}/jobs/ingest/{ingest}/successfulResults"),
        Template("GET", f"{DATA}/jobs/ingest/{ingest}/failedResults"),
        Template("GET", f"{DATA}/jobs/ingest/{ingest}/unprocessedrecords"),
        Template("POST", f"{DATA}/jobs/query", body={"operation": "query", "query": random.choice(QUERIES)}),
        Template("GET", f"{DATA}/jobs/query/{query}"),
        Template("GET", f"{DATA}/jobs/query/{query}/results", {"maxRecords": "2", "locator": "MQ"}),
        Template("PATCH", f"{DATA}/jobs/query/{query}", body={"state": "Aborted"}),
        Template("DELETE", f"{DATA}/jobs/query/{query}"),
    )


def _sign_ins(random: Random, known: Known) -> Sequence[Template]:
    keys = "client_id=closedwon&client_secret=local-only"
    return (
        Template("POST", "/services/oauth2/token", headers=FORM, body=f"grant_type=client_credentials&{keys}".encode()),
        Template(
            "POST", "/services/oauth2/token", headers=FORM, body=f"grant_type=password&username=u&{keys}".encode()
        ),
        Template(
            "POST",
            "/services/oauth2/token",
            headers=FORM,
            body=b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=e30.e30.e30",
        ),
        Template("POST", "/services/oauth2/introspect", headers=FORM, body=f"token={known.token}&{keys}".encode()),
        Template("POST", "/services/oauth2/revoke", headers=FORM, body=b"token=not-a-token"),
        Template("GET", "/services/oauth2/userinfo"),
        Template("GET", f"/id/{known.any(random, 'Organization')}/{known.any(random, 'User')}"),
    )


def _older(random: Random, known: Known) -> Sequence[Template]:
    """SOAP and the Bulk API 1.0."""
    account, job = known.any(random, "Account"), known.latest(random, "async")
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    login = f'<e:Envelope xmlns:e="{soap}"><e:Body><login xmlns="urn:partner.soap.sforce.com"><username>u</username>'
    login += "<password>p</password></login></e:Body></e:Envelope>"
    head = f"<e:Header><SessionHeader><sessionId>{known.token}</sessionId></SessionHeader></e:Header>"
    merge = f"<merge><request><masterRecord><Id>{account}</Id></masterRecord></request></merge>"
    operation = random.choice(
        (merge, "<getServerTimestamp/>", "<getUserInfo/>", f"<undelete><ids>{account}</ids></undelete>")
    )
    call = f'<e:Envelope xmlns:e="{soap}">{head}<e:Body>{operation}</e:Body></e:Envelope>'
    kind, batch = random.choice((("CSV", b"Name\nA\n"), ("JSON", b'[{"Name": "A"}]'), ("XML", _XML_ROWS)))
    job_info = f"<jobInfo {BULK_NAMESPACE}><operation>insert</operation><object>Account</object>"
    job_info += f"<contentType>{kind}</contentType></jobInfo>"
    base = "/services/async/59.0/job"
    session = {"X-SFDC-Session": known.token}
    return (
        Template(
            "POST",
            "/services/Soap/u/59.0",
            headers={"Content-Type": "text/xml", "SOAPAction": "login"},
            body=login.encode(),
        ),
        Template("POST", "/services/Soap/u/59.0", headers={"Content-Type": "text/xml"}, body=call.encode()),
        Template("POST", base, headers={**XML, **session}, body=job_info.encode()),
        Template(
            "POST", base, headers=session, body={"operation": "query", "object": "Account", "contentType": "JSON"}
        ),
        Template("GET", f"{base}/{job}", headers=session),
        Template("POST", f"{base}/{job}/batch", headers={**XML, **session}, body=batch),
        Template("POST", f"{base}/{job}", headers={**XML, **session}, body=_CLOSE),
        Template("GET", f"{base}/{job}/batch", headers=session),
        Template("GET", f"{base}/{job}/batch/{known.latest(random, 'batch')}/result", headers=session),
    )


def _uploads(random: Random, known: Known) -> Sequence[Template]:
    """Files in several parts."""
    boundary = "edge"
    about = b'{"Title": "T", "PathOnClient": "a.bin"}'
    parts = [
        b'Content-Disposition: form-data; name="entity_content"\r\nContent-Type: application/json\r\n\r\n' + about,
        b'Content-Disposition: form-data; name="VersionData"; filename="a.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\x00\x01\xff",
    ]
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    headers = {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}
    return (
        Template("POST", f"{DATA}/sobjects/ContentVersion", headers=headers, body=body),
        Template("POST", f"{DATA}/sobjects/Attachment", headers=headers, body=body.replace(b"VersionData", b"Body")),
        Template("POST", f"{DATA}/jobs/ingest", headers=headers, body=body.replace(b"entity_content", b"job")),
    )


_XML_ROWS = f"<sObjects {BULK_NAMESPACE}><sObject><Name>A</Name></sObject></sObjects>".encode()
_CLOSE = f"<jobInfo {BULK_NAMESPACE}><state>Closed</state></jobInfo>".encode()
FAMILIES = (
    *(
        _reads,
        _reads,
        _reads,
        _writes,
        _writes,
        _composites,
        _composites,
        _jobs,
        _jobs,
        _jobs,
        _sign_ins,
        _older,
        _older,
    ),
    _uploads,
)
