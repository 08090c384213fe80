"""What the view delivery.projects_current says of a project while the team works on it by plain SQL."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.projects.delivery_desk import Desk


@pytest.fixture
def project(desk: Desk) -> Desk:
    """A desk with one project of the standard template."""
    desk.put_opportunity()
    desk.run()
    return desk


@pytest.mark.parametrize(
    ("work", "status"),
    [
        pytest.param("", "draft", id="Baton-61"),
        pytest.param("UPDATE delivery.projects SET is_setup_complete = true", "planning", id="Baton-62"),
        pytest.param(
            "UPDATE delivery.projects SET is_setup_complete = true, is_active = true", "in_progress", id="Baton-63"
        ),
        pytest.param("UPDATE delivery.tasks SET is_done = true", "complete", id="Baton-64"),
        pytest.param("DELETE FROM delivery.tasks", "draft", id="Baton-64-nothing-to-do-is-not-complete"),
        pytest.param(
            "UPDATE delivery.projects SET is_active = true;"
            "UPDATE delivery.tasks SET is_done = true WHERE id > (SELECT min(id) FROM delivery.tasks)",
            "in_progress",
            id="Baton-64-one-task-left",
        ),
    ],
)
def test_the_status_follows_from_the_work(project: Desk, work: str, status: str) -> None:
    project.do(work or "SELECT 1")

    assert project.project().status == status


def test_Baton_30_each_project_has_a_code_of_its_own_that_nobody_can_change(project: Desk) -> None:
    project.do(
        "INSERT INTO delivery.projects (id, name, lead_email) OVERRIDING SYSTEM VALUE"
        " VALUES (1234567, 'Seventh digit', 'me@example.com'), (1234568, 'Another', 'me@example.com')"
    )

    codes = [row.code for row in project.ask("SELECT code FROM delivery.projects ORDER BY id")]

    assert codes == ["P-000001", "P-1234567", "P-1234568"]
    with pytest.raises(DBAPIError, match="generated column"):
        project.do("UPDATE delivery.projects SET code = 'P-1'")


def test_Baton_30_no_two_projects_can_have_one_code_not_even_with_one_id(project: Desk) -> None:
    project.do("ALTER TABLE delivery.projects DROP CONSTRAINT projects_pkey CASCADE")

    with pytest.raises(IntegrityError, match="projects_code_key"):
        project.do(
            "INSERT INTO delivery.projects (id, name, lead_email) OVERRIDING SYSTEM VALUE"
            " SELECT id, 'Second', lead_email FROM delivery.projects"
        )


@pytest.mark.parametrize(
    ("done", "percent", "phase"),
    [
        pytest.param(0, 0, "Prepare", id="Baton-41-first-phase"),
        pytest.param(3, 33, "Deliver", id="Baton-46-a-phase-done"),
        pytest.param(8, 88, "Hand over", id="Baton-46-never-100-before-the-end"),
        pytest.param(9, 100, None, id="Baton-46-all-done"),
    ],
)
def test_progress_and_current_phase_follow_from_the_tasks(
    project: Desk, done: int, percent: int, phase: str | None
) -> None:
    project.do(
        "UPDATE delivery.tasks SET is_done = true WHERE id IN (SELECT id FROM delivery.tasks ORDER BY id LIMIT :done)",
        done=done,
    )

    assert (project.project().tasks_complete_pct, project.project().current_phase) == (percent, phase)


@pytest.mark.parametrize(
    ("estimate", "percent"),
    [pytest.param("NULL", 50, id="Baton-47-of-the-tasks-hours"), pytest.param("86", 25, id="Baton-47-of-the-estimate")],
)
def test_hours_used_are_a_share_of_the_estimate_or_of_the_tasks_hours(
    project: Desk, estimate: str, percent: int
) -> None:
    project.do(f"UPDATE delivery.projects SET estimated_hours = {estimate}")
    project.do("UPDATE delivery.tasks SET hours_used = hours / 2.0")

    assert project.project().hours_used_pct == percent


def test_deleting_a_project_deletes_its_phases_and_tasks(project: Desk) -> None:
    project.do("DELETE FROM delivery.projects")

    assert project.ask("SELECT FROM delivery.phases UNION ALL SELECT FROM delivery.tasks") == []


def test_BigTime_10_a_project_without_tasks_is_in_the_list(project: Desk) -> None:
    project.do("DELETE FROM delivery.phases")

    assert (project.project().tasks_complete_pct, project.project().hours_used_pct) == (0, None)
