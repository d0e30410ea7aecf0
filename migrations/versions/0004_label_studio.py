"""Label Studio: projects, their tasks, the trail of annotations"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEEP_SQLITE = """
CREATE TRIGGER label_studio_trail_refuse_{verb} BEFORE {verb} ON label_studio_trail
BEGIN SELECT RAISE(ABORT, 'the trail of Label Studio is append-only'); END
"""
REFUSE_POSTGRESQL = """
CREATE FUNCTION label_studio_trail_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'the trail of Label Studio is append-only'; END $$
"""
KEEP_POSTGRESQL = """
CREATE TRIGGER label_studio_trail_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE
ON label_studio_trail FOR EACH STATEMENT EXECUTE FUNCTION label_studio_trail_refuse()
"""


def upgrade() -> None:
    op.create_table(
        "label_studio_projects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signal", sa.String(length=64), nullable=False),
        sa.Column("collection", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("outside_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_studio_projects")),
    )
    with op.batch_alter_table("label_studio_projects", schema=None) as batch_op:
        batch_op.create_index(
            "uq_label_studio_projects_open",
            ["signal", "collection"],
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "label_studio_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("outside_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["label_studio_projects.id"],
            name=op.f("fk_label_studio_tasks_project_id_label_studio_projects"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["review_tasks.id"],
            name=op.f("fk_label_studio_tasks_task_id_review_tasks"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_studio_tasks")),
        sa.UniqueConstraint(
            "project_id", "outside_id", name=op.f("uq_label_studio_tasks_project_id_outside_id")
        ),
    )
    with op.batch_alter_table("label_studio_tasks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_label_studio_tasks_task_id"), ["task_id"], unique=False
        )

    op.create_table(
        "label_studio_trail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("annotation", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=True),
        sa.Column("sender", sa.String(length=255), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_label_studio_trail_answer_id_answers")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["label_studio_projects.id"],
            name=op.f("fk_label_studio_trail_project_id_label_studio_projects"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["review_tasks.id"],
            name=op.f("fk_label_studio_trail_task_id_review_tasks"),
        ),
        sa.CheckConstraint(
            "verdict IN ('taken', 'skipped', 'late', 'superseded', 'untrusted', 'no annotator', "
            "'no class', 'deleted')",
            name=op.f("ck_label_studio_trail_verdict"),
        ),
        sa.CheckConstraint("revision > 0", name=op.f("ck_label_studio_trail_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_studio_trail")),
        sa.UniqueConstraint(
            "project_id",
            "annotation",
            "revision",
            name=op.f("uq_label_studio_trail_project_id_annotation_revision"),
        ),
    )
    with op.batch_alter_table("label_studio_trail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_label_studio_trail_project_id_task_id"),
            ["project_id", "task_id"],
            unique=False,
        )

    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(KEEP_SQLITE.format(verb=verb))
    else:
        op.execute(REFUSE_POSTGRESQL)
        op.execute(KEEP_POSTGRESQL)


def downgrade() -> None:
    with op.batch_alter_table("label_studio_trail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_studio_trail_project_id_task_id"))

    op.drop_table("label_studio_trail")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION label_studio_trail_refuse()")
    with op.batch_alter_table("label_studio_tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_studio_tasks_task_id"))

    op.drop_table("label_studio_tasks")
    with op.batch_alter_table("label_studio_projects", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_label_studio_projects_open",
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("label_studio_projects")
