"""Reads the folder `include/mappings`: all of it is free of faults, or none of it is used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import yaml

from closedwon.errors import MappingFault
from closedwon.mapping.mapping_file import ValueMaps, read_mapping
from closedwon.mapping.model import Catalog, Mapping, Rule, Template
from closedwon.mapping.project_rules import read_rule, read_template
from closedwon.mapping.resolve import order_by_references
from closedwon.mapping.suites import read_suite
from closedwon.mapping.value_maps import read_value_map
from closedwon.mapping.yaml_nodes import Fault, Source, compose


def load_catalog(folder: Path) -> Catalog:
    """Everything that the mapping files of a folder say, parents before the objects that refer to them.

    All files are read to their end, so that one message lists every fault of every file: whoever corrects a mapping
    should not have to run it once for each slip.

    Raises:
        MappingFault: there is a fault, each on a line as `accounts.yaml:12: what was seen, and what to do`.
    """
    reader = _CatalogReader(folder)
    catalog = reader.read()
    faults = sorted(set(reader.faults))
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        listed = "\n".join(str(fault) for fault in faults)
        raise MappingFault(f"{count} in {folder}; nothing runs until corrected:\n{listed}")
    return catalog


class _CatalogReader:
    """One pass over the folder; the faults of all files come together in `faults`."""

    def __init__(self, folder: Path) -> None:
        self.faults: list[Fault] = []
        self._folder = folder
        self._texts: dict[str, str] = {}

    def read(self) -> Catalog:
        mappings, are_all_read = self._mappings(self._value_maps())
        if are_all_read:
            # What one file says of another cannot be judged while the other is unreadable.
            mappings = order_by_references(mappings, self.faults)
        templates = self._templates()
        return Catalog(mappings, self._rules(templates), templates)

    def _value_maps(self) -> ValueMaps:
        return {
            path.stem: read_value_map(path.stem, text, source) if text is not None else None
            for path, text, source in self._files("values", "csv")
        }

    def _mappings(self, value_maps: ValueMaps) -> tuple[tuple[Mapping, ...], bool]:
        found = {
            name: read_mapping(name, root, src, value_maps) if root else None for name, root, src in self._roots("")
        }
        if not found:
            self.faults.append(Fault(str(self._folder), 0, "there is no mapping file (*.yaml)"))
        mappings = {name: mapping for name, mapping in found.items() if mapping is not None}
        for name, root, source in self._roots("suites"):
            if name not in found:
                source.note(1, f"there is no {name}.yaml that this suite could belong to")
            elif root is not None and name in mappings:
                mapping = mappings[name]
                is_sound = not any(fault.file == mapping.file for fault in self.faults)
                received = [field for field in mapping.fields if field.is_received] if is_sound else None
                mappings[name] = replace(mapping, expectations=read_suite(root, source, received))
        digested = tuple(replace(mapping, digest=self._digest(mapping)) for mapping in mappings.values())
        return digested, len(mappings) == len(found)

    def _templates(self) -> MappingProxyType[str, Template]:
        read = {name: read_template(name, root, src) if root else None for name, root, src in self._roots("templates")}
        return MappingProxyType({name: template for name, template in read.items() if template is not None})

    def _rules(self, templates: MappingProxyType[str, Template]) -> tuple[Rule, ...]:
        rules = (read_rule(name, root, source, templates) for name, root, source in self._roots("rules") if root)
        return tuple(rule for rule in rules if rule is not None)

    def _roots(self, subfolder: str) -> Iterator[tuple[str, yaml.Node | None, Source]]:
        for path, text, source in self._files(subfolder, "yaml"):
            yield path.stem, compose(text, source) if text is not None else None, source

    def _files(self, subfolder: str, suffix: str) -> Iterator[tuple[Path, str | None, Source]]:
        for path in sorted((self._folder / subfolder).glob("*.y*ml" if suffix == "yaml" else f"*.{suffix}")):
            source = Source(path.relative_to(self._folder).as_posix(), self.faults)
            if path.suffix != f".{suffix}":
                source.note(1, f"the file is not read under this name: let it end in .{suffix}")
            else:
                yield path, self._text(path, source), source

    def _text(self, path: Path, source: Source) -> str | None:
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            source.note(line, f"byte 0x{error.object[error.start]:02x} is not UTF-8: save the file as UTF-8")
            return None
        if not text.strip():
            source.note(1, "the file is empty: fill it, or delete it")
            return None
        self._texts[source.file] = text
        return text

    def _digest(self, mapping: Mapping) -> str:
        values = {field.values.file for field in mapping.fields if field.values is not None}
        files = [mapping.file, *sorted(values), f"suites/{mapping.name}.yaml"]
        texts = "\0".join(self._texts.get(file, "") for file in files)
        return hashlib.sha256(texts.encode()).hexdigest()[:16]
