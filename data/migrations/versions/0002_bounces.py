"""Whose mail came back, and with which status; the orders in which a walk reads keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns that a bounce fills, and what lets a hub cost no more than a small row."""
    op.add_column("emails", sa.Column("bounced_address", sa.Text(), nullable=True))
    op.add_column("emails", sa.Column("bounce_status", sa.Text(), nullable=True))
    op.create_index("companies_under_parent", "companies", ["parent_id", "id"], unique=False)
    op.create_index(
        "opportunities_newest_of_company", "opportunities",
        ["company_id", "opened_at", "id", "product_id", "outcome"], unique=False,
    )  # fmt: skip
    op.create_index(
        "opportunities_newest_of_contact", "opportunities", ["contact_id", "opened_at", "id"],
        unique=False,
    )  # fmt: skip
    op.create_index(
        "opportunities_newest_of_product", "opportunities",
        ["product_id", "outcome", "opened_at", "id", "company_id"], unique=False,
    )  # fmt: skip
    op.create_index("emails_newest_of_contact", "emails", ["contact_id", "at", "id"], unique=False)
    op.create_index("data_fixes_by_row", "data_fixes", ["row_id", "status"], unique=False)
