"""Assembly of the catalog: reads each file, checks the files against each other, and finds which need which."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePosixPath
from types import MappingProxyType

import yaml

from closedwon.mapping.model import BrokenFile, Catalog, FileKind, Finding, Mapping, Rule, Template
from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.mapping_files import ValueMaps, read_mapping
from closedwon.mapping.reader.model_reader import node_at, read_model
from closedwon.mapping.reader.suites import read_suite
from closedwon.mapping.reader.task_names import TASK_IDS, find_id, names_tasks
from closedwon.mapping.reader.value_maps import read_value_map
from closedwon.mapping.reader.yaml_nodes import compose, line_of
from closedwon.mapping.resolve.conditions import find_path_tables
from closedwon.mapping.resolve.match_lists import check_match, resolve_match
from closedwon.mapping.resolve.order import check_order, in_order
from closedwon.mapping.resolve.references import check_references, resolve_references
from closedwon.mapping.resolve.rules import check_rule, find_needed_objects

Files = tuple[tuple[str, bytes], ...]
"""Each file's path below the folder, and its bytes."""

_KINDS: dict[str, FileKind] = {
    "": "mapping",
    "values": "value map",
    "suites": "suite",
    "templates": "template",
    "rules": "rule",
}


def assemble_catalog(folder: str, files: Files) -> Catalog:
    """Return the catalog of a folder's files.

    Args:
        folder: its name, for the message about a folder without mapping files.
    """
    return _Assembly(folder, files).to_catalog()


class _Assembly:
    """One pass over the files. A file is broken if it has findings, or needs a file that has."""

    def __init__(self, folder: str, files: Files) -> None:
        self._findings = {file: FileFindings(file) for file, _ in files}
        self._needs: dict[str, set[str]] = {file: set() for file in self._findings}
        self._texts = {file: text for file, data in files if (text := self._decode(file, data)) is not None}
        self._roots = {
            file: root
            for file, text in self._texts.items()
            if file.endswith(".yaml") and (root := self._compose(file, text)) is not None
        }
        if not any(_subfolder(file) == "" for file in self._findings):
            self._findings[folder] = FileFindings(folder)
            self._findings[folder].note(0, "there is no mapping file (*.yaml)")
            self._needs[folder] = set()

    def to_catalog(self) -> Catalog:
        """Return the catalog; the order of the steps matters, since each needs the ones before it."""
        value_maps = self._read_value_maps()
        mappings = self._read_mappings(value_maps)
        self._read_suites(mappings)
        for finding in check_references(self._sound(mappings), self._broken_tables()):
            self._findings[finding.file].noted.append(finding)
        self._check_matches(self._sound(mappings))
        resolved = resolve_references(self._sound(mappings), self._broken_tables())
        matched = (resolve_match(mapping, resolved) for mapping in resolved)
        digested = tuple(replace(mapping, digest=self._digest(mapping)) for mapping in matched)
        templates = self._read_templates()
        rules = self._read_rules(templates, digested)
        return Catalog(digested, rules, MappingProxyType(templates), tuple(self._broken_files()))

    def _compose(self, file: str, text: str) -> yaml.Node | None:
        root, noted = _compose_once(file, text)
        self._findings[file].noted.extend(noted)
        return root

    def _decode(self, file: str, data: bytes) -> str | None:
        findings = self._findings[file]
        if PurePosixPath(file).suffix == ".yml":
            findings.note(1, "the file is not read under this name: let it end in .yaml")
            return None
        if not names_tasks(_name(file)):
            findings.note(1, f"'{_name(file)}' names tasks in Airflow: use letters, digits, _ and - in the file's name")
            return None
        if _subfolder(file) in ("", "rules") and _name(file) in TASK_IDS:
            findings.note(1, f"'{_name(file)}' is the id of a task in Airflow already: give the file another name")
            return None
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            findings.note(line, f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8")
            return None
        if not text.strip():
            findings.note(1, "the file is empty: fill it, or delete it")
            return None
        return text

    def _read_value_maps(self) -> ValueMaps:
        return {
            _name(file): read_value_map(_name(file), self._texts[file], findings) if file in self._texts else None
            for file, findings in self._files("values")
        }

    def _read_mappings(self, value_maps: ValueMaps) -> dict[str, Mapping]:
        """Return the mappings by file, without those whose own lines have findings."""
        found = {}
        for file, findings in self._files(""):
            root = self._roots.get(file)
            name = self._known_name(file)
            mapping = read_mapping(name, root, findings, value_maps) if root is not None else None
            if mapping is not None:
                found[file] = mapping
            named = {f"values/{name}.csv" for name in _named_value_maps(root)}
            self._needs[file] |= {file for file in named if file in self._findings and not self._is_sound(file)}
        self._check_ids("mapping", list(found.values()), "each would go on where the other has stopped")
        return found

    def _read_suites(self, mappings: dict[str, Mapping]) -> None:
        for file, findings in self._files("suites"):
            owner, root = f"{_name(file)}.yaml", self._roots.get(file)
            if owner not in self._findings:
                findings.note(1, f"there is no {owner} that this suite could belong to")
                continue
            if root is not None:
                received = mappings[owner].converted if self._is_sound(owner) else None
                expectations = read_suite(root, findings, received)
                if owner in mappings:
                    mappings[owner] = replace(mappings[owner], expectations=expectations)
            if findings.noted:
                self._needs[owner].add(file)

    def _check_matches(self, mappings: Sequence[Mapping]) -> None:
        for mapping in mappings:
            for place, message in check_match(mapping, mappings):
                self._findings[mapping.file].note(line_of(node_at(self._roots[mapping.file], place)), message)

    def _read_templates(self) -> dict[str, Template]:
        read = {
            _name(file): read_model(
                Template, self._roots[file], "a template file", findings, name=_name(file), file=file
            )
            for file, findings in self._files("templates")
            if file in self._roots
        }
        return {name: template for name, template in read.items() if template is not None}

    def _read_rules(self, templates: dict[str, Template], mappings: tuple[Mapping, ...]) -> tuple[Rule, ...]:
        known = [_name(file) for file, _ in self._files("templates")]
        rules = []
        for file, findings in self._files("rules"):
            root = self._roots.get(file)
            if root is None:
                continue
            name = self._known_name(file)
            rule = read_model(Rule, root, "a rule file", findings, context={"templates": known}, name=name, file=file)
            if rule is None:
                continue
            self._needs[file] |= self._broken_needs(rule, templates, mappings)
            if not self._needs[file]:
                for place, message in check_rule(rule, mappings):
                    findings.note(line_of(node_at(root, place)), message)
            rules.append(rule)
        self._check_ids("rule", rules, "each project would be of both")
        self._check_order(rules)
        return tuple(rule for rule in rules if self._is_sound(rule.file))

    def _check_order(self, rules: Sequence[Rule]) -> None:
        files = {self._known_name(file): file for file, _ in self._files("rules")}
        for file, place, message in check_order(rules, files):
            self._findings[file].note(line_of(node_at(self._roots[file], place)), message)
        for rule in in_order([rule for rule in rules if not self._findings[rule.file].noted]):
            self._needs[rule.file] |= {files[name] for name in rule.after if not self._is_sound(files[name])}

    def _check_ids(self, what: str, named: Sequence[Mapping | Rule], why: str) -> None:
        for one in named:
            others = [other.file for other in named if other.name == one.name and other is not one]
            line = line_of(node_at(self._roots[one.file], ("id",)))
            if others:
                seen = f"the {what} is called '{one.name}', and so is {' and '.join(others)}: {why}"
                self._findings[one.file].note(line, f"{seen}. Give each {what} an `id` of its own")
            if one.id in TASK_IDS:
                self._findings[one.file].note(
                    line, f"`id: {one.id}` is that of a task in Airflow already: choose another"
                )

    def _known_name(self, file: str) -> str:
        """Return the id of a mapping or rule, where it has one that can be read, else the file's name.

        Whether or not the file is broken, its tasks in Airflow and its rows in the warehouse have this name.
        """
        root = self._roots.get(file)
        own_id = find_id(self._texts.get(file, "")) if root is None else _peek(root, "id")
        return own_id if own_id is not None and names_tasks(own_id) else _name(file)

    def _broken_needs(self, rule: Rule, templates: dict[str, Template], mappings: tuple[Mapping, ...]) -> set[str]:
        choice = rule.template
        named = {*choice.values.values(), *([choice.default] if choice.default else [])} if choice else set()
        needs = {f"templates/{name}.yaml" for name in named - templates.keys()}
        missing = find_needed_objects(rule) - {mapping.sobject for mapping in mappings if mapping.received}
        tables = find_path_tables(rule, mappings) - {mapping.table for mapping in mappings if mapping.received}
        for file, _ in self._files(""):
            sobject, table = (_peek(self._roots.get(file), key) for key in ("sobject", "table"))
            is_source = missing and (sobject in missing or sobject is None)
            is_parent = tables and (table in tables or table is None)
            if not self._is_sound(file) and (is_source or is_parent):
                needs.add(file)
        return needs

    def _broken_tables(self) -> dict[str, str | None]:
        broken = [file for file, _ in self._files("") if not self._is_sound(file)]
        return {self._known_name(file): _peek(self._roots.get(file), "table") for file in broken}

    def _sound(self, mappings: dict[str, Mapping]) -> list[Mapping]:
        return [mapping for file, mapping in mappings.items() if self._is_sound(file)]

    def _is_sound(self, file: str) -> bool:
        return not self._findings[file].noted and not self._needs[file]

    def _files(self, subfolder: str) -> Iterator[tuple[str, FileFindings]]:
        return ((file, found) for file, found in list(self._findings.items()) if _subfolder(file) == subfolder)

    def _broken_files(self) -> Iterator[BrokenFile]:
        for file in self._findings:
            if not self._is_sound(file):
                needs = tuple(sorted(self._needs[file]))
                findings = tuple(sorted({*self._findings[file].noted, *self._findings_below(file)}))
                kind = _KINDS.get(_subfolder(file), "mapping")
                name = self._known_name(file) if kind in ("mapping", "rule") else _name(file)
                yield BrokenFile(name, file, kind, findings, needs)

    def _findings_below(self, file: str) -> Iterator[Finding]:
        for needed in self._needs[file]:
            yield from self._findings[needed].noted
            yield from self._findings_below(needed)

    def _digest(self, mapping: Mapping) -> str:
        values = {field.values.file for field in mapping.fields if field.values is not None}
        files = [mapping.file, *sorted(values), mapping.suite_file]
        texts = "\0".join(self._texts.get(file, "") for file in files)
        return hashlib.sha256(texts.encode()).hexdigest()[:16]


# Composing takes nearly all of the reading time. No code changes a node, so catalogs can share the cached ones.
@lru_cache(maxsize=256)
def _compose_once(file: str, text: str) -> tuple[yaml.Node | None, tuple[Finding, ...]]:
    findings = FileFindings(file)
    root = compose(text, findings)
    return root, tuple(findings.noted)


def _name(file: str) -> str:
    return PurePosixPath(file).stem


def _subfolder(file: str) -> str:
    return "" if "/" not in file else file.split("/", maxsplit=1)[0]


def _peek(root: yaml.Node | None, key: str) -> str | None:
    """Return the text of a top-level key, even if the rest of the file is broken; None where there is none."""
    node = node_at(root, (key,)) if root is not None else None
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _named_value_maps(root: yaml.Node | None) -> Iterator[str]:
    fields = node_at(root, ("fields",)) if root is not None else None
    for field in fields.value if isinstance(fields, yaml.SequenceNode) else ():
        name = node_at(field, ("values",))
        if isinstance(name, yaml.ScalarNode):
            yield str(name.value)
