"""Project columns of a team's own: a field of a mapping on delivery.projects declares one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine, inspect, text

from closedwon.mapping.model import Catalog, Field, OneTimeField
from closedwon.warehouse.prepare import prepare_warehouse
from tests.projects.delivery_desk import open_desk


def with_custom_columns(catalog: Catalog, note: str = "Where the work is done.") -> Catalog:
    """The shipped catalog with a project's region and seats, which the rule fills once from the opportunity."""
    projects, (rule,) = catalog.mapping("projects"), catalog.rules
    fields = (
        Field("Region__c", "region", "text", "send", note=note, line=40),
        Field("Seats__c", "order", "number", "send", line=41),
    )
    once = (OneTimeField("region", "Opportunity", "LeadSource"), OneTimeField("order", "Opportunity", "Amount"))
    wider = replace(projects, fields=(*projects.fields, *fields))
    others = tuple(m for m in catalog.mappings if m.name != "projects")
    return replace(catalog, mappings=(*others, wider), rules=(replace(rule, once=(*rule.once, *once)),))


def test_a_custom_column_comes_to_a_warehouse_that_is_there_and_shows_in_the_view(
    engine: Engine, shipped: Catalog
) -> None:
    desk = open_desk(engine, shipped)
    desk.do("INSERT INTO delivery.projects (name, lead_email) VALUES ('Internal', 'lead@closedwon.example')")

    with engine.begin() as connection:
        made = prepare_warehouse(connection, with_custom_columns(shipped))

    assert made == ["delivery.projects.region", "delivery.projects.order", "delivery.projects_current"]
    assert (desk.project().name, desk.project().region) == ("Internal", None)
    for relation in ("projects", "projects_current"):
        columns = {c["name"]: c for c in inspect(engine).get_columns(relation, schema="delivery")}
        assert columns["region"]["comment"].startswith("Salesforce Delivery_Project__c.Region__c. Where the work is")
        assert str(columns["order"]["type"]) == "NUMERIC"
    with engine.begin() as connection:
        assert prepare_warehouse(connection, with_custom_columns(shipped)) == []


def test_table_and_view_say_the_same_of_a_column_where_they_show_the_same_value(
    engine: Engine, shipped: Catalog
) -> None:
    before, wider = with_custom_columns(shipped), with_custom_columns(shipped, note="Where the client is.")
    with engine.begin() as connection:
        prepare_warehouse(connection, before)

        prepare_warehouse(connection, wider)

    table, view = (
        {c["name"]: c["comment"] for c in inspect(engine).get_columns(relation, schema="delivery")}
        for relation in ("projects", "projects_current")
    )
    assert "Where the client is." in table["region"]
    assert {name for name in table if table[name] != view[name]} == {"estimated_hours"}
    assert inspect(engine).get_table_comment("projects", schema="delivery")["text"].startswith("One row per delivery")


def test_a_custom_column_that_is_no_longer_mapped_keeps_its_values(engine: Engine, shipped: Catalog) -> None:
    desk = open_desk(engine, with_custom_columns(shipped))
    desk.do("INSERT INTO delivery.projects (name, lead_email, region) VALUES ('n', 'l@closedwon.example', 'EMEA')")

    with engine.begin() as connection:
        prepare_warehouse(connection, shipped)
        assert connection.execute(text("SELECT region FROM delivery.projects")).scalar() == "EMEA"


def test_a_rule_fills_custom_columns_when_it_makes_the_project(engine: Engine, shipped: Catalog) -> None:
    desk = open_desk(engine, with_custom_columns(shipped))
    desk.put_opportunity(lead_source="Web", amount=12.5)

    desk.run()

    project = desk.project()
    assert (project.region, project.order) == ("Web", 12.5)
