"""Mapping files with slips in them, by seed: what people mistype, and what no one would."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

TOKEN = re.compile(r'"[^"\n]*"|[\w.@-]+')
KEY = re.compile(r"[\w]+(?=:)")
SIGNS = [*" \t\n\r:,{}[]'\"#&*!|>%@`\\?-=~<", "\0", "\x07", "\x85", "\u00a0", "\u2028", "\ufeff", "é", "😀", "\ud800"]
TEXTS = [
    *("", "~", "null", "yes", "no", "on", "true", "false", '""', '" "', "'it''s'", "=", "<<", "-", "x y", "日本"),
    *("0", "-1", "12", "1.5", "1e9", "1_000", "0x1F", "0o7", "007", ".inf", "-.inf", ".nan", "9" * 400, "9" * 5000),
    *("9" * 400 + ".5", "2026-01-31", "2026-01-31T12:00:00Z", "12:30:00"),
    *("a: b", "a, b", "[a, b]", "{a: b}", "[]", "{}", "[null]", "[[a]]", "{a: {b: c}}", "{[a]: b}", "{{a: b}: c}"),
    *("{null: a}", "{1: a}", "{<<: {a: b}}", "{a, b}", "[" * 2000, "[" * 100 + "]" * 100, "{a: " * 100 + "}" * 100),
    *(r'"\0"', r'"a\0b"', r'"\ud800"', r'"\ud83d\ude00"', r'"a\tb\nc"', r'"\x85"', r'"\q"', "'open", '"open', "[open"),
    *("&a x", "*a", "&a [*a]", "&a {a: *a}", "!x y", "!!str 12", "!!int x", "!!null x", "!!binary aGk=", "! x"),
    *("!!set {a, b}", "!!python/name:os.system x", "!<tag:x> y", "|", ">-", "| \n      x", "? a", "- x", "# x", "---"),
    *(
        "%YAML 1.1",
        "x" * 64,
        "x" * 3000,
        "crm.accounts",
        "sync.plan",
        "id",
        "salesforce_id",
        "ctid",
        "Id",
        "Owner.Name",
    ),
    *("a@b.c", "receive", "send", "both", "none", "reference", "picklist"),
]
"""What stands where something else should."""
LINES = ["", "fields:", "fields: []", "send: {}", "receive: {}", "id: probe", "id: x", "- x", "---", "  x", "x: y"]

Change = Callable[[str, random.Random, Sequence[str]], str]


def mutate(text: str, chance: random.Random, keys: Sequence[str]) -> str:
    """Return the text with one to three slips.

    Args:
        keys: those that stand in any of the files.
    """
    for _ in range(chance.choice((1, 1, 2, 3))):
        text = chance.choice(CHANGES)(text, chance, keys)
    return text


def _delete_line(text: str, chance: random.Random, _: Sequence[str]) -> str:
    lines = text.split("\n")
    del lines[chance.randrange(len(lines))]
    return "\n".join(lines)


def _repeat_line(text: str, chance: random.Random, _: Sequence[str]) -> str:
    lines = text.split("\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return "\n".join(lines)


def _swap_lines(text: str, chance: random.Random, _: Sequence[str]) -> str:
    lines = text.split("\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _shift_line(text: str, chance: random.Random, _: Sequence[str]) -> str:
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    lines[place] = chance.choice((" ", "  ", "    ")) + lines[place] if chance.random() < 0.5 else lines[place].lstrip()
    return "\n".join(lines)


def _add_line(text: str, chance: random.Random, keys: Sequence[str]) -> str:
    lines = text.split("\n")
    added = chance.choice((*LINES, f"{chance.choice(keys)}: {chance.choice(TEXTS)}"))
    lines.insert(chance.randrange(len(lines) + 1), added)
    return "\n".join(lines)


def _cut(text: str, chance: random.Random, _: Sequence[str]) -> str:
    return text[: chance.randrange(len(text) + 1)]


def _change_sign(text: str, chance: random.Random, _: Sequence[str]) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(SIGNS) + text[place + chance.randrange(2) :]


def _change_token(text: str, chance: random.Random, keys: Sequence[str]) -> str:
    tokens = list(TOKEN.finditer(text))
    return _replace(text, chance, tokens, chance.choice((*TEXTS, *keys, *(one[0] for one in tokens))))


def _change_key(text: str, chance: random.Random, keys: Sequence[str]) -> str:
    return _replace(text, chance, list(KEY.finditer(text)), chance.choice(keys))


def _add_key(text: str, chance: random.Random, keys: Sequence[str]) -> str:
    added = f"{{{chance.choice(keys)}: {chance.choice(TEXTS)}, "
    return _replace(text, chance, list(re.finditer(r"\{", text)), added)


def _misspell(text: str, chance: random.Random, _: Sequence[str]) -> str:
    tokens = list(TOKEN.finditer(text))
    token = chance.choice(tokens)[0] if tokens else "x"
    place = chance.randrange(len(token))
    return _replace(text, chance, tokens, token[:place] + token[place + 1 :])


def _replace(text: str, chance: random.Random, found: Sequence[re.Match[str]], new: str) -> str:
    if not found:
        return text + new
    one = chance.choice(found)
    return text[: one.start()] + new + text[one.end() :]


CHANGES: Sequence[Change] = (
    *(_delete_line, _repeat_line, _swap_lines, _shift_line, _add_line, _cut, _change_sign, _change_sign),
    *(_change_token, _change_token, _change_token, _change_key, _add_key, _add_key, _misspell),
)
