"""Models: the registered ones, and the trail of what was found and decided about them"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

KEEP_SQLITE = """
CREATE TRIGGER model_trail_refuse_{verb} BEFORE {verb} ON model_trail
BEGIN SELECT RAISE(ABORT, 'the trail of models is append-only'); END
"""
REFUSE_POSTGRESQL = """
CREATE FUNCTION model_trail_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'the trail of models is append-only'; END $$
"""
KEEP_POSTGRESQL = """
CREATE TRIGGER model_trail_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE
ON model_trail FOR EACH STATEMENT EXECUTE FUNCTION model_trail_refuse()
"""


def upgrade() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signal", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_models_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sa.UniqueConstraint("name", "digest", name=op.f("uq_models_name_digest")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_models_name_version")),
    )
    op.create_table(
        "model_trail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("collection", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('evaluated', 'promoted', 'refused')", name=op.f("ck_model_trail_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'promoted') = (place IS NOT NULL)", name=op.f("ck_model_trail_place")
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name=op.f("fk_model_trail_model_id_models")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_trail")),
        sa.UniqueConstraint("name", "place", name=op.f("uq_model_trail_name_place")),
    )
    with op.batch_alter_table("model_trail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_trail_model_id_kind"), ["model_id", "kind"], unique=False
        )

    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(KEEP_SQLITE.format(verb=verb))
    else:
        op.execute(REFUSE_POSTGRESQL)
        op.execute(KEEP_POSTGRESQL)


def downgrade() -> None:
    with op.batch_alter_table("model_trail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_model_trail_model_id_kind"))

    op.drop_table("model_trail")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION model_trail_refuse()")
    op.drop_table("models")
