"""Say in the comments of the projects' columns what the unit is, and who writes the value."""

from __future__ import annotations

from alembic import op

revision = "v0018_project_comments"
down_revision = "v0017_checked_mappings"

COMMENTS = {
    "id": "Our own id. Written by Closedwon.",
    "code": "The project's id as people and Salesforce see it, for example P-000042. Written by Closedwon.",
    "rule": "Id of the rule that made the project; null where the team made it by hand. Written by Closedwon.",
    "source_sobject": (
        "Salesforce object of the record that the project comes from, for example Opportunity; null for none. "
        "Written by Closedwon."
    ),
    "source_salesforce_id": (
        "Salesforce id of the record that the project comes from; null for none, until a person sets it. "
        "Written by Closedwon."
    ),
    "account_id": (
        "The client: crm.accounts.id. An account may have many projects; where it is merged, they follow. "
        "Written by Closedwon."
    ),
    "name": "The project's title. A rule may fill it once; then it is the team's.",
    "client_name": (
        "The client's name as it was when the project was made. A rule may fill it once; then it is the team's."
    ),
    "lead_email": "E-mail address of the internal project lead; at first the rule's default_lead. Written by the team.",
    "template": "Name of the template that phases and tasks were made from; null for none. Written by Closedwon.",
    "is_setup_complete": "The initial setup page is completed: the project is being planned. Written by the team.",
    "is_active": "The project was set active: work is in progress. Written by the team.",
    "is_archived": "The team put the project away. Written by the team.",
    "start_on": "Calendar day on which the work is planned to start. A rule may fill it once; then it is the team's.",
    "due_on": "Calendar day by which the project is promised. A rule may fill it once; then it is the team's.",
    "started_on": "Calendar day on which the work did start. Written by the team.",
    "completed_on": "Calendar day on which the work was completed. Written by the team.",
    "risk_status": "Risk, in the team's words. A rule may fill it once; then it is the team's.",
    "health": "Health, in the team's words. A rule may fill it once; then it is the team's.",
    "health_note": "What stands behind the health. A rule may fill it once; then it is the team's.",
    "description": "What the project is about. A rule may fill it once; then it is the team's.",
    "private_notes": "Notes that the client does not see. A rule may fill it once; then it is the team's.",
    "contract_value": (
        "What was sold, in the currency of the source record. A rule may fill it once; then it is the team's."
    ),
    "implementation_budget": (
        "What may be spent, in the currency of the source record. A rule may fill it once; then it is the team's."
    ),
    "estimated_hours": (
        "Estimated effort in hours; where null, the view takes the hours of the tasks. A rule may fill it "
        "once; then it is the team's."
    ),
    "created_at": (
        "When it was made, by the warehouse's clock; shown in the time zone of your session. Written by Closedwon."
    ),
}


def upgrade() -> None:
    """Replace the comments."""
    for name, comment in COMMENTS.items():
        op.alter_column("projects", name, schema="delivery", comment=comment)
