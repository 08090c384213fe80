"""SOAP envelopes: read requests, write answers and faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from localorg.errors import OrgError
from localorg.messages import VERSIONS, Answer, Call, text_answer
from localorg.xml_text import XML_HEADER, XSI, InvalidXml, child, local_name, read_xml, tags, text_of

Flavour = Literal["partner", "enterprise"]
FLAVOURS: dict[str, Flavour] = {"u": "partner", "c": "enterprise"}
XML_TYPE = "text/xml;charset=UTF-8"
UNPREFIXED = frozenset({"INVALID_LOGIN"})
"""Fault codes that stand without the prefix `sf:`, as the faults that clients have kept show."""


@dataclass(frozen=True)
class Request:
    """One SOAP operation, with the parts of the address that it was sent to."""

    operation: Element
    session_id: str
    flavour: Flavour
    letter: str
    version: str

    @property
    def name(self) -> str:
        return local_name(self.operation)


def read_request(call: Call, letter: str, version: str) -> Request:
    """Return the operation in a call's envelope.

    Raises:
        OrgError: UNSUPPORTED_API_VERSION, or `Client` for what is no envelope.
    """
    if version not in VERSIONS:
        raise OrgError(500, "UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
    try:
        root = read_xml(call.body)
    except InvalidXml as error:
        raise OrgError(500, "Client", f"The envelope cannot be read: {error}") from error
    body = child(root, "Body")
    if local_name(root) != "Envelope" or body is None or len(body) == 0:
        raise OrgError(500, "Client", "The envelope holds no operation")
    session = child(child(root, "Header"), "SessionHeader")
    return Request(body[0], text_of(session, "sessionId"), FLAVOURS[letter], letter, version)


def answer(request: Request, results: str, header: str) -> Answer:
    """Return the envelope of an answer, around results and header that are XML already."""
    body = f"<{request.name}Response>{results}</{request.name}Response>"
    return _envelope(200, f'xmlns="urn:{request.flavour}.soap.sforce.com"', body, header)


def fault(letter: str, error: OrgError) -> Answer:
    """Return the error as a SOAP fault."""
    kind = {"INVALID_LOGIN": "LoginFault", "INVALID_ID_FIELD": "InvalidIdFault"}.get(error.code, "UnexpectedErrorFault")
    code = f"soapenv:{error.code}" if error.code == "Client" else f"sf:{error.code}"
    text = f"{error.code}: {error.message}"
    elements = tags((("sf:exceptionCode", error.code), ("sf:exceptionMessage", error.message)))
    detail = (
        "" if error.code == "Client" else f'<detail><sf:{kind} xsi:type="sf:{kind}">{elements}</sf:{kind}></detail>'
    )
    code = error.code if error.code in UNPREFIXED else code
    body = f"<faultcode>{code}</faultcode><faultstring>{escape(text)}</faultstring>{detail}"
    namespace = f'xmlns:sf="urn:fault.{FLAVOURS[letter]}.soap.sforce.com"'
    return _envelope(500, namespace, f"<soapenv:Fault>{body}</soapenv:Fault>")


def _envelope(status: int, namespace: str, body: str, header: str = "") -> Answer:
    head = f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" {namespace} xmlns:xsi="{XSI}">'
    text = f"{XML_HEADER}{head}{header}<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    return text_answer(text, XML_TYPE, status)
