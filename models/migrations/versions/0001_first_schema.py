"""The first schema: register, office, watch, reminders, outbox, runs and the append-only ledger."""

import sqlalchemy as sa
from alembic import op

from models.columns import Words

revision = "0001"
down_revision = None

_APPEND_ONLY = ("ledger", "seal", "leaves")
_SQLITE_TRIGGER = """
CREATE TRIGGER {table}_is_append_only_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the {table} is append-only'); END
"""
_POSTGRES_FUNCTION = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the % is append-only', TG_TABLE_NAME; END $$
"""
_POSTGRES_TRIGGER = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()
"""


def upgrade() -> None:
    """Create every table, and the triggers that keep ledger and seals append-only."""
    _create_tables()
    _create_attachments()
    _create_robots()
    _create_seals()
    _create_acknowledgements()
    if op.get_bind().dialect.name == "sqlite":
        for table in _APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(_SQLITE_TRIGGER.format(table=table, verb=verb))
        return
    op.execute(_POSTGRES_FUNCTION)
    for table in _APPEND_ONLY:
        op.execute(_POSTGRES_TRIGGER.format(table=table))


def _create_seals() -> None:
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("last_fact", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("former", sa.String(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("run_id"),
    )
    op.create_table(
        "leaves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("peaks", sa.String(), nullable=False),
        sa.Column("ids", sa.LargeBinary(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_leaves_seal"), "leaves", ["seal"], unique=False)


def _create_robots() -> None:
    op.create_table(
        "robot",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )


def _create_attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("message_id"),
    )


def _create_tables() -> None:
    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("feedback_on", sa.Date(), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            Words(
                "claim",
                "withhold",
                "run",
                "register",
                "spawn",
                "evidence",
                "due",
                "suspend",
                "resume",
                "extend",
                "extension",
                "sign",
                "progress",
                "reverify",
                "depend",
                "hand_over",
                "appoint",
                "vacate",
                "leave",
                "project",
                "start",
                "apply",
                "grant",
                "refuse",
                "submit",
                "approve",
                "return",
                "withdraw",
                "reopen",
                "compose",
                "receipt",
                "address",
                "redirect",
                "resolve",
                "acknowledge",
                "snooze",
                "unacknowledged",
                name="factkind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("payload", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ledger_by_measure",
        "ledger",
        ["measure_id"],
        unique=False,
        sqlite_where=sa.text("measure_id IS NOT NULL"),
        postgresql_where=sa.text("measure_id IS NOT NULL"),
    )
    op.create_table(
        "office",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_office"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column(
            "watch",
            Words(
                "start",
                "delivery",
                "permit",
                "permit_late",
                "review",
                "occurrence",
                "undated",
                "suspension",
                "extension",
                "extension_head",
                "countersign",
                "reverify",
                name="watchkind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("repetition", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column(
            "slip",
            Words("remind", "urge", "supervise", "circulate", name="slip", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("instead_of", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("overtaken", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("measure_id", "watch", "anchor", "step", "repetition", "post_id", name="owed_once"),
    )
    op.create_index(
        "reminder_by_message",
        "reminder",
        ["message_id"],
        unique=False,
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(
        "reminder_unsaid",
        "reminder",
        ["post_id"],
        unique=False,
        sqlite_where=sa.text("message_id IS NULL AND NOT overtaken"),
        postgresql_where=sa.text("message_id IS NULL AND NOT overtaken"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", Words("nightly", "sweep", name="runkind", native_enum=False, length=24), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("calendar_version", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("examined", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("situations", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_run_as_of"), "run", ["as_of"], unique=False)
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("aliases", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("person_id <> substitute_id", name="substitute_is_another"),
        sa.CheckConstraint("until > since", name="leave_runs_forward"),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_leave_person_id"), "leave", ["person_id"], unique=False)
    op.create_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "channel", "target", name="address_once"),
        sa.UniqueConstraint("person_id", "rank", name="address_ranked"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column(
            "kind",
            Words("digest", "urgent", "notice", name="messagekind", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("answers_for", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column(
            "state",
            Words(
                "held",
                "sending",
                "retry",
                "accepted",
                "refused",
                "in_doubt",
                "withdrawn",
                name="messagestate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("composed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attached", sa.Boolean(), nullable=False),
        sa.Column("parts_accepted", sa.Integer(), nullable=False),
        sa.Column("instead_of", sa.Integer(), nullable=True),
        sa.Column("sent_as", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instead_of"],
            ["message.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("message_by_person", "message", ["person_id", "release_at"], unique=False)
    op.create_index(
        "message_open",
        "message",
        ["release_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('held', 'retry', 'sending')"),
        postgresql_where=sa.text("state IN ('held', 'retry', 'sending')"),
    )
    op.create_index(
        "one_successor",
        "message",
        ["instead_of"],
        unique=True,
        sqlite_where=sa.text("instead_of IS NOT NULL"),
        postgresql_where=sa.text("instead_of IS NOT NULL"),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            Words("accepted", "retry", "refused", "in_doubt", name="outcome", native_enum=False, length=24),
            nullable=True,
        ),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "number", name="attempt_numbered"),
    )
    op.create_table(
        "resolution",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            Words("arrived", "lost", "resend", name="verdict", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_table(
        "holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("acting", sa.Boolean(), nullable=False),
        sa.CheckConstraint("until IS NULL OR until > since", name="holding_runs_forward"),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_holding_person_id"), "holding", ["person_id"], unique=False)
    op.create_index(op.f("ix_holding_post_id"), "holding", ["post_id"], unique=False)
    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("partners", sa.String(), nullable=False),
        sa.Column("topics", sa.String(), nullable=False),
        sa.Column(
            "state",
            Words("planned", "in_progress", "awaiting_approval", "done", name="state", native_enum=False, length=24),
            nullable=True,
        ),
        sa.Column(
            "approval", Words("permit", "closeout", name="approval", native_enum=False, length=24), nullable=True
        ),
        sa.Column(
            "resolution",
            Words("completed", "merged", "not_applicable", name="resolution", native_enum=False, length=24),
            nullable=True,
        ),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("rrule", sa.String(), nullable=True),
        sa.Column("occurs_on", sa.Date(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("start_by", sa.Date(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "due_basis",
            Words(
                "promised",
                "decided",
                "extended",
                "relative",
                "statutory",
                "assumed",
                "unset",
                name="duebasis",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("due_note", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column(
            "counted_in", Words("working", "calendar", name="daykind", native_enum=False, length=24), nullable=False
        ),
        sa.Column(
            "settles",
            Words("before", "after", "leave", name="nonworking", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("waits_on", sa.String(), nullable=True),
        sa.Column("outside_body", sa.String(), nullable=True),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=True),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("head_alone_since", sa.Date(), nullable=True),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("staged_on", sa.Date(), nullable=True),
        sa.Column("reverify_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(approval IS NOT NULL) = (state IS NOT NULL AND state = 'awaiting_approval')",
            name="approval_while_awaiting",
        ),
        sa.CheckConstraint("(due_on IS NULL) = (due_basis = 'unset')", name="due_date_has_basis"),
        sa.CheckConstraint(
            "(resolution IS NOT NULL) = (state IS NOT NULL AND state = 'done')", name="done_has_resolution"
        ),
        sa.CheckConstraint("NOT standing OR due_on IS NULL", name="standing_has_no_due_date"),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submitter_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("parent_id", "occurs_on", name="one_occurrence_a_day"),
    )
    op.create_index(op.f("ix_measure_finding_id"), "measure", ["finding_id"], unique=False)
    op.create_index(op.f("ix_measure_parent_id"), "measure", ["parent_id"], unique=False)
    op.create_index(op.f("ix_measure_unit_id"), "measure", ["unit_id"], unique=False)
    op.create_index(
        "measure_recurring",
        "measure",
        ["rrule"],
        unique=False,
        sqlite_where=sa.text("rrule IS NOT NULL"),
        postgresql_where=sa.text("rrule IS NOT NULL"),
    )
    op.create_table(
        "unitduty",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "duty",
            Words(
                "responsible", "deputy", "head", "supervisor", "inspection", name="duty", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("unit_id", "duty"),
    )
    op.create_table(
        "dependency",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("blocker_id", sa.Integer(), nullable=False),
        sa.Column(
            "gate", Words("granted", "done", "feedback", name="gate", native_enum=False, length=24), nullable=False
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.CheckConstraint("measure_id <> blocker_id", name="nothing_waits_for_itself"),
        sa.ForeignKeyConstraint(
            ["blocker_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.PrimaryKeyConstraint("measure_id", "blocker_id"),
    )
    op.create_index(op.f("ix_dependency_blocker_id"), "dependency", ["blocker_id"], unique=False)
    op.create_table(
        "due_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "basis",
            Words(
                "promised",
                "decided",
                "extended",
                "relative",
                "statutory",
                "assumed",
                "unset",
                name="duebasis",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("within", sa.String(), nullable=True),
        sa.Column("counted_from", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(within IS NULL) = (counted_from IS NULL)", name="counted_from_some_day"),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_due_change_measure_id"), "due_change", ["measure_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("kind", Words("work", "permit", name="evidencekind", native_enum=False, length=24), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("measure_id", "sha256", "kind", name="evidence_once"),
    )
    op.create_index(op.f("ix_evidence_measure_id"), "evidence", ["measure_id"], unique=False)
    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("due_before", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("progress", sa.String(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("by_supervisor", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            Words("asked", "granted", "refused", "lapsed", name="extensionstate", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'granted' OR state = 'refused') = (decided_by IS NOT NULL)",
            name="decided_by_somebody",
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="somebody_else_decides"),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("measure_id", "number", name="extension_numbered"),
    )
    op.create_index(op.f("ix_extension_measure_id"), "extension", ["measure_id"], unique=False)
    op.create_index(
        "one_open_extension",
        "extension",
        ["measure_id"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "relative_limit",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column(
            "event", Words("granted", "done", "feedback", name="gate", native_enum=False, length=24), nullable=False
        ),
        sa.Column("within", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.PrimaryKeyConstraint("measure_id"),
    )
    op.create_index(op.f("ix_relative_limit_after_id"), "relative_limit", ["after_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column(
            "outcome",
            Words(
                "start",
                "apply",
                "grant",
                "refuse",
                "submit",
                "approve",
                "return",
                "withdraw",
                "reopen",
                name="action",
                native_enum=False,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (ended_on IS NULL)", name="ended_by_something"),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("measure_id", "number", name="submission_numbered"),
    )
    op.create_index(op.f("ix_submission_measure_id"), "submission", ["measure_id"], unique=False)
    op.create_table(
        "suspension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("suspended_by", sa.Integer(), nullable=False),
        sa.Column("resumed_on", sa.Date(), nullable=True),
        sa.Column("resumed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(resumed_on IS NULL) = (resumed_by IS NULL)",
            name="resumed_by_somebody",
        ),
        sa.CheckConstraint("resumed_on IS NULL OR resumed_on >= since", name="suspension_runs_forward"),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["resumed_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["suspended_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_suspension_measure_id"), "suspension", ["measure_id"], unique=False)
    op.create_index(
        "one_open_suspension",
        "suspension",
        ["measure_id"],
        unique=True,
        sqlite_where=sa.text("resumed_on IS NULL"),
        postgresql_where=sa.text("resumed_on IS NULL"),
    )
    op.create_table(
        "watch",
        sa.Column("look_on", sa.Date(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            Words(
                "start",
                "delivery",
                "permit",
                "permit_late",
                "review",
                "occurrence",
                "undated",
                "suspension",
                "extension",
                "extension_head",
                "countersign",
                "reverify",
                name="watchkind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("topics", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("acknowledged", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("look_on", "measure_id", "kind"),
        sa.UniqueConstraint("measure_id", "kind", name="one_watch_of_a_kind"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column(
            "duty",
            Words(
                "responsible", "deputy", "head", "supervisor", "inspection", name="duty", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submission_id", "duty", name="each_duty_signs_once"),
        sa.UniqueConstraint("submission_id", "person_id", name="each_person_signs_once"),
    )
    op.create_index(op.f("ix_signature_submission_id"), "signature", ["submission_id"], unique=False)


def _create_acknowledgements() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column(
            "watch",
            Words(
                "start",
                "delivery",
                "permit",
                "permit_late",
                "review",
                "occurrence",
                "undated",
                "suspension",
                "extension",
                "extension_head",
                "countersign",
                "reverify",
                name="watchkind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column(
            "reply", Words("acknowledged", "snoozed", name="reply", native_enum=False, length=24), nullable=False
        ),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", Words("link", "code", name="replyby", native_enum=False, length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "message_id", "measure_id", "watch", "anchor", "step", "post_id", "reply", name="replied_once"
        ),
    )
    op.create_index("acknowledgement_of_watch", "acknowledgement", ["measure_id", "watch", "anchor"], unique=False)
    op.create_table(
        "unacknowledged",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_index(op.f("ix_unacknowledged_notice_id"), "unacknowledged", ["notice_id"], unique=False)
