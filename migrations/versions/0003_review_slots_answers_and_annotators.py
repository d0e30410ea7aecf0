"""review slots, append-only answers, annotators, comments on functions"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEEP_SQLITE = """
CREATE TRIGGER answers_refuse_{verb} BEFORE {verb} ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END
"""
REFUSE_POSTGRESQL = """
CREATE FUNCTION answers_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'answers are append-only'; END $$
"""
KEEP_POSTGRESQL = """
CREATE TRIGGER answers_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON answers
FOR EACH STATEMENT EXECUTE FUNCTION answers_refuse()
"""
SLOTS_OF_OPEN_TASKS = """
INSERT INTO review_slots (task_id, slot, signal, collection, priority)
SELECT id, 0, signal, collection, priority FROM review_tasks WHERE status = 'open'
"""


def upgrade() -> None:
    op.create_table(
        "annotators",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("daily_budget", sa.Integer(), nullable=True),
        sa.Column("signals", sa.JSON(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('annotator', 'reviewer', 'engineer', 'admin')",
            name=op.f("ck_annotators_role"),
        ),
        sa.CheckConstraint("daily_budget >= 0", name=op.f("ck_annotators_daily_budget")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotators")),
        sa.UniqueConstraint("name", name=op.f("uq_annotators_name")),
        sa.UniqueConstraint("subject", name=op.f("uq_annotators_subject")),
    )
    op.create_table(
        "function_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signal", sa.String(length=64), nullable=False),
        sa.Column("function", sa.String(length=128), nullable=False),
        sa.Column("collection", sa.String(length=64), nullable=False),
        sa.Column("pin_id", sa.String(length=512), nullable=False),
        sa.Column("annotator", sa.String(length=128), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_function_comments")),
    )
    with op.batch_alter_table("function_comments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_function_comments_signal_function"), ["signal", "function"], unique=False
        )

    op.create_table(
        "review_slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("signal", sa.String(length=64), nullable=False),
        sa.Column("collection", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), server_default="app", nullable=False),
        sa.Column("routed_to", sa.String(length=128), nullable=True),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="free", nullable=False),
        sa.Column("is_check", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("annotator", sa.String(length=128), nullable=True),
        sa.Column("lease", sa.String(length=64), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('free', 'leased', 'answered', 'withdrawn')",
            name=op.f("ck_review_slots_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('leased', 'answered') OR annotator IS NOT NULL",
            name=op.f("ck_review_slots_annotator"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["review_tasks.id"], name=op.f("fk_review_slots_task_id_review_tasks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_slots")),
        sa.UniqueConstraint("lease", name=op.f("uq_review_slots_lease")),
        sa.UniqueConstraint("task_id", "annotator", name=op.f("uq_review_slots_task_id_annotator")),
        sa.UniqueConstraint("task_id", "slot", name=op.f("uq_review_slots_task_id_slot")),
    )
    with op.batch_alter_table("review_slots", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_slots_annotator_state"), ["annotator", "state"], unique=False
        )
        batch_op.create_index(
            "ix_review_slots_queue",
            ["signal", "collection", "channel", "priority", "id"],
            unique=False,
            postgresql_where=sa.text("state IN ('free', 'leased')"),
            sqlite_where=sa.text("state IN ('free', 'leased')"),
        )

    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("signal", sa.String(length=64), nullable=False),
        sa.Column("collection", sa.String(length=64), nullable=False),
        sa.Column("pin_id", sa.String(length=512), nullable=False),
        sa.Column("annotator", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("is_check", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("source", sa.String(length=16), server_default="app", nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'undo') = (undoes IS NOT NULL)", name=op.f("ck_answers_undoes")
        ),
        sa.CheckConstraint(
            "kind IN ('answer', 'skip', 'flag', 'undo', 'late', 'adjudication')",
            name=op.f("ck_answers_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('answer', 'adjudication') OR label IS NOT NULL",
            name=op.f("ck_answers_label"),
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["review_slots.id"], name=op.f("fk_answers_slot_id_review_slots")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["review_tasks.id"], name=op.f("fk_answers_task_id_review_tasks")
        ),
        sa.ForeignKeyConstraint(["undoes"], ["answers.id"], name=op.f("fk_answers_undoes_answers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("submission", name=op.f("uq_answers_submission")),
        sa.UniqueConstraint("undoes", name=op.f("uq_answers_undoes")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_answers_annotator_created_at"), ["annotator", "created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_answers_signal_collection_pin_id"),
            ["signal", "collection", "pin_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_answers_task_id_annotator"), ["task_id", "annotator"], unique=False
        )

    with op.batch_alter_table("review_tasks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wanted", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("answered", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("round", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("inclusion", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("stratum", sa.String(length=128), nullable=True))
        batch_op.drop_index(batch_op.f("ix_review_tasks_signal_status_priority"))
        batch_op.create_index(
            batch_op.f("ix_review_tasks_signal_collection_status"),
            ["signal", "collection", "status"],
            unique=False,
        )
        batch_op.drop_constraint(batch_op.f("ck_review_tasks_status"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_review_tasks_status"),
            "status IN ('open', 'done', 'disputed', 'withdrawn')",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_review_tasks_counts"), "wanted >= 0 AND answered >= 0"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_review_tasks_inclusion"), "inclusion > 0 AND inclusion <= 1"
        )

    op.execute(SLOTS_OF_OPEN_TASKS)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(KEEP_SQLITE.format(verb=verb))
    else:
        op.execute(REFUSE_POSTGRESQL)
        op.execute(KEEP_POSTGRESQL)


def downgrade() -> None:
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answers_task_id_annotator"))
        batch_op.drop_index(batch_op.f("ix_answers_signal_collection_pin_id"))
        batch_op.drop_index(batch_op.f("ix_answers_annotator_created_at"))

    op.drop_table("answers")
    with op.batch_alter_table("review_slots", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_review_slots_queue",
            postgresql_where=sa.text("state IN ('free', 'leased')"),
            sqlite_where=sa.text("state IN ('free', 'leased')"),
        )
        batch_op.drop_index(batch_op.f("ix_review_slots_annotator_state"))

    op.drop_table("review_slots")
    with op.batch_alter_table("function_comments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_function_comments_signal_function"))

    op.drop_table("function_comments")
    op.drop_table("annotators")

    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION answers_refuse()")

    op.execute("DELETE FROM review_tasks WHERE status NOT IN ('open', 'withdrawn')")
    with op.batch_alter_table("review_tasks", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_review_tasks_counts"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_review_tasks_inclusion"), type_="check")
        batch_op.drop_index(batch_op.f("ix_review_tasks_signal_collection_status"))
        batch_op.create_index(
            batch_op.f("ix_review_tasks_signal_status_priority"),
            ["signal", "status", "priority"],
            unique=False,
        )
        batch_op.drop_column("stratum")
        batch_op.drop_column("inclusion")
        batch_op.drop_column("round")
        batch_op.drop_column("answered")
        batch_op.drop_column("wanted")
        batch_op.drop_constraint(batch_op.f("ck_review_tasks_status"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_review_tasks_status"), "status IN ('open', 'withdrawn')"
        )
