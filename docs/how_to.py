"""The questions of `docs/mappings.md`, "How do I ...": each with the line that answers it, which the loader accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ACCOUNTS, RULE = "accounts.yaml", "rules/won_opportunities.yaml"
_TOP, _NAME = (
    "direction: receive\nfields",
    "salesforce: Name,    column: name,         type: text,      direction: receive, ",
)
_OWNER = "type: reference, direction: receive, references: crm.users"


@dataclass(frozen=True)
class Answer:
    """What to write, and where it goes in the page's example."""

    question: str
    line: str
    more: str = ""
    file: str = ACCOUNTS
    old: str = _TOP
    new: str = "direction: receive\n{line}\nfields"

    def apply(self, text: str) -> str:
        """Return the example's file with the line in it."""
        return text.replace(self.old, self.new.format(line=self.line), 1)


ANSWERS = (
    Answer("read an object less often than every ten minutes", "every: 20 minutes", "The DAG's own tick is the floor."),
    Answer("put an object aside for a while", "active: false", "Its rows stay, and what refers to them goes on."),
    Answer("take in only some records", "receive: {where: \"Type != 'Competitor'\"}", "One that leaves it is marked."),
    Answer("take in every field without a line for each", "receive: {others: receive}"),
    Answer("begin with the fields of an object", "", "`closedwon suggest Account` prints the file."),
    Answer(
        "find rows that we have already", "receive: {match: [[name, company_type]]}", "Else by `salesforce_id` alone."
    ),
    Answer("give a new row a value of ours", "receive: {new: {lifecycle_stage: onboarding}}"),
    Answer("fill a field once, and leave it to the team then", "write: once, ", old=_NAME, new=_NAME + "{line}"),
    Answer("never write a field", "direction: none", old=_OWNER, new="type: reference, {line}, references: crm.users"),
    Answer(
        "take a label that we do not know for another", "fallback: customer", old="fallback: customer", new="{line}"
    ),
    Answer("leave it empty instead", "fallback: null", old="fallback: customer", new="{line}"),
    Answer(
        "send it to quarantine instead",
        "values: account_type",
        "Without `fallback`.",
        old=", fallback: customer",
        new="",
    ),
    Answer("take the first of several fields", "otherwise: [Site], ", old=_NAME, new=_NAME + "{line}"),
    Answer(
        "find an owner by name among our own people, else a default",
        "find_by: {Owner.FirstName: first_name, Owner.LastName: last_name}, default: {email: desk@example.com}",
        old=_OWNER,
        new="type: reference, direction: receive, references: delivery.people, {line}",
    ),
    Answer("leave out records without a parent", "without: skip", old=_OWNER, new=_OWNER + ", {line}"),
    Answer(
        "say in which currency amounts are", "receive: {currency: {column: currency, default: EUR, known: [EUR, USD]}}"
    ),
    Answer(
        "leave years of old wins alone", "", "See the keys of a rule, and the Param `dry_run` of the DAG `projects`."
    ),
    Answer("delete a row when its record is deleted", "", "Not at all: `is_deleted` is set, and nothing is deleted."),
    Answer("export more often", "", "The DAG `salesforce_export` runs every four hours, and by hand at any time."),
)


def how_to() -> Iterator[str]:
    """Yield the section's lines."""
    yield "## How do I ...\n\n| | write | |\n|---|---|---|"
    for answer in ANSWERS:
        line = f"`{answer.line.strip().removesuffix(',')}`" if answer.line else ""
        yield f"| {answer.question} | {line} | {answer.more} |"
    yield ""
