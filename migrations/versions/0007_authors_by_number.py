"""Label Studio: the author of an annotation by number, which stays where the address changes"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # no batch: it would make the table anew, without the triggers that keep it
    op.add_column("label_studio_trail", sa.Column("author_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("label_studio_trail", "author_id")
