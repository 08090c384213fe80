"""Writes `salesforce/`, the metadata of what an org needs before projects can be shown in it: `make metadata`.

The mappings say which objects and fields are sent and received, and with that what is made, and who may do what. What a
field is (its label, type, length, choices) stands in `demo/org.yaml`, and is taken as the local org describes it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping as Dictionary
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

from closedwon.errors import MappingFault
from closedwon.mapping.check import check_mapping
from closedwon.mapping.model import Mapping
from closedwon.mapping.reader import read_catalog, require_sound
from demo.airflow_environment import ORG_KEY, ORG_SECRET, PROJECT
from demo.metadata_components import to_components
from demo.metadata_fields import Content
from demo.org_client import OrgClient
from localorg.server import running_org

FOLDER = PROJECT / "salesforce" / "force-app" / "main" / "default"
MAPPINGS = PROJECT / "include" / "mappings"
OBJECTS = PROJECT / "demo" / "org.yaml"
NAMESPACE = "http://soap.sforce.com/2006/04/metadata"

Describes = Dictionary[str, Dictionary[str, Any]]


def write_metadata() -> None:
    """Write the folder anew, so that what no mapping asks for any more is gone."""
    files = metadata_files()
    shutil.rmtree(FOLDER, ignore_errors=True)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def metadata_files(mappings: Path = MAPPINGS, objects: Path = OBJECTS) -> dict[Path, bytes]:
    """Return what stands in each generated file.

    Raises:
        MappingFault: a mapping file is broken, or sends or receives what the org of `objects` does not have.
    """
    catalog = require_sound(read_catalog(mappings))
    used = [mapping for mapping in catalog.mappings if mapping.sent or mapping.received]
    describes = _describe({mapping.sobject for mapping in used}, objects)
    _require_fit(used, describes, objects)
    return {FOLDER / path: to_xml(*component) for path, component in to_components(used, describes).items()}


def _describe(sobjects: set[str], objects: Path) -> Describes:
    with TemporaryDirectory(prefix="closedwon-") as folder, running_org(Path(folder), objects=objects) as org:
        client = OrgClient(org.base_url, key=ORG_KEY, secret=ORG_SECRET, ca_file=None)
        return {sobject: client.describe(sobject) for sobject in sobjects}


def _require_fit(mappings: list[Mapping], describes: Describes, objects: Path) -> None:
    findings = [finding for mapping in mappings for finding in check_mapping(mapping, describes[mapping.sobject])]
    if findings:
        raise MappingFault(
            f"The mappings do not fit the org of {objects.name}, so its metadata cannot be written. "
            f"Correct the mapping, or add the field to {objects.name}:\n" + "\n".join(findings)
        )


def to_xml(root: str, content: Content) -> bytes:
    """Return a component as the file that the Metadata API takes."""
    element = _to_element(root, content)
    ET.indent(element, "    ")
    text: bytes = ET.tostring(element, "UTF-8", xml_declaration=True, default_namespace=NAMESPACE)
    return text + b"\n"


def _to_element(tag: str, content: Content | str | bool | int) -> ET.Element:
    """Return an element; its children stand in the order of the Metadata API: the full name, then by the alphabet."""
    element = ET.Element(f"{{{NAMESPACE}}}{tag}")
    if not isinstance(content, dict):
        element.text = str(content).lower() if isinstance(content, bool) else str(content)
        return element
    for name in sorted(content, key=lambda name: (name != "fullName", name)):
        values = content[name] if isinstance(content[name], list) else [content[name]]
        element.extend(_to_element(name, value) for value in values)
    return element


if __name__ == "__main__":
    write_metadata()
