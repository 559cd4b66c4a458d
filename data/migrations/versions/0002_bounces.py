"""Whose mail came back, and with which status."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns that a bounce fills."""
    op.add_column("emails", sa.Column("bounced_address", sa.Text(), nullable=True))
    op.add_column("emails", sa.Column("bounce_status", sa.Text(), nullable=True))
