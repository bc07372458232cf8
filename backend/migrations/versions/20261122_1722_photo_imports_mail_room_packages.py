"""photo signs and imports, mail room, packages, registry marks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "photos_mail_packages"
down_revision: str | Sequence[str] | None = "timetable_drafts"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "mailbox",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("password_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("imap_host", sa.String(length=253), nullable=False),
        sa.Column("imap_port", sa.Integer(), nullable=False),
        sa.Column("imap_tls", sa.String(), server_default="implicit", nullable=False),
        sa.Column("folder", sa.String(length=200), nullable=False),
        sa.Column("smtp_host", sa.String(length=253), nullable=False),
        sa.Column("smtp_port", sa.Integer(), nullable=False),
        sa.Column("smtp_tls", sa.String(), server_default="implicit", nullable=False),
        sa.Column("reading", sa.Boolean(), nullable=False),
        sa.Column("sending", sa.Boolean(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sending_fault", sa.String(length=200), nullable=False),
        sa.Column("sending_failures", sa.Integer(), nullable=False),
        sa.Column("sending_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_mailbox_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "photo_import",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(), server_default="receiving", nullable=False),
        sa.Column("camera", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("files", sa.Integer(), nullable=True),
        sa.Column("passed_over", sa.Integer(), nullable=False),
        sa.Column("stretches", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("received >= 0 and received <= size", name=op.f("ck_photo_import_received")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_photo_import_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_photo_import")),
        sa.UniqueConstraint("campaign_id", "op_id", name=op.f("uq_photo_import_campaign_id_op_id")),
    )
    op.create_table(
        "photo_confirmation",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("done", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("skipped", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_photo_confirmation_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "op_id", name=op.f("pk_photo_confirmation")),
    )
    op.create_table(
        "photo_standard",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_photo_standard_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_photo_standard")),
    )
    op.create_table(
        "package",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=100), nullable=False),
        sa.Column("named_by", sa.String(), nullable=False),
        sa.Column("since_id", sa.Uuid(), nullable=True),
        sa.Column("college_id", sa.Uuid(), nullable=True),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("head", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_by", sa.String(length=100), nullable=False),
        sa.Column("handed_over_note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "college_id"],
            ["college.campaign_id", "college.id"],
            name=op.f("fk_package_campaign_id_college_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "since_id"],
            ["package.campaign_id", "package.id"],
            name=op.f("fk_package_campaign_id_since_id"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_package_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_package")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_package_campaign_id_number")),
        sa.UniqueConstraint("campaign_id", "op_id", name=op.f("uq_package_campaign_id_op_id")),
    )
    op.create_table(
        "mail",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=254), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("raw_sha256", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject_mask", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("causes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("automatic", sa.String(length=16), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state in ('taken', 'held', 'refused', 'already', 'ignored')", name=op.f("ck_mail_state")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "student_id"],
            ["student.campaign_id", "student.id"],
            name=op.f("fk_mail_campaign_id_student_id"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_mail_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_mail")),
        sa.UniqueConstraint("campaign_id", "key", name=op.f("uq_mail_campaign_id_key")),
    )
    op.create_index("ix_mail_held", "mail", ["campaign_id", "id"], unique=False, postgresql_where="state = 'held'")
    op.create_index("ix_mail_student", "mail", ["campaign_id", "student_id"], unique=False)
    op.create_table(
        "registry_mark",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_student", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state in ('unknown', 'not_shown', 'shown', 'confirmed', 'wrong')", name=op.f("ck_registry_mark_state")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "student_id"],
            ["student.campaign_id", "student.id"],
            name=op.f("fk_registry_mark_campaign_id_student_id"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_registry_mark_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_registry_mark")),
        sa.UniqueConstraint(
            "campaign_id", "op_id", "student_id", name=op.f("uq_registry_mark_campaign_id_op_id_student_id")
        ),
    )
    op.create_index("ix_registry_mark_student", "registry_mark", ["campaign_id", "student_id", "id"], unique=False)
    op.create_table(
        "mail_answer",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="draft", nullable=False),
        sa.Column("message_id", sa.String(length=254), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id", "mail_id"], ["mail.campaign_id", "mail.id"], name=op.f("fk_mail_answer_campaign_id_mail_id")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_mail_answer_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_mail_answer")),
    )
    op.create_index(
        "ix_mail_answer_open",
        "mail_answer",
        ["campaign_id", "id"],
        unique=False,
        postgresql_where="state in ('draft', 'queued')",
    )
    op.create_index(
        "uq_mail_answer_open",
        "mail_answer",
        ["campaign_id", "mail_id"],
        unique=True,
        postgresql_where="state in ('draft', 'queued')",
    )
    op.create_index("ix_mail_answer_mail", "mail_answer", ["campaign_id", "mail_id"], unique=False)
    op.create_index("ix_mail_answer_to", "mail_answer", ["campaign_id", "to", "made_at"], unique=False)
    op.create_table(
        "mail_file",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_mask", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id", "mail_id"], ["mail.campaign_id", "mail.id"], name=op.f("fk_mail_file_campaign_id_mail_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "photo_id"],
            ["photo.campaign_id", "photo.id"],
            name=op.f("fk_mail_file_campaign_id_photo_id"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_mail_file_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "mail_id", "position", name=op.f("pk_mail_file")),
    )
    op.create_table(
        "package_line",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("line", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "package_id"],
            ["package.campaign_id", "package.id"],
            name=op.f("fk_package_line_campaign_id_package_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "photo_id"],
            ["photo.campaign_id", "photo.id"],
            name=op.f("fk_package_line_campaign_id_photo_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "student_id"],
            ["student.campaign_id", "student.id"],
            name=op.f("fk_package_line_campaign_id_student_id"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_package_line_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "package_id", "position", name=op.f("pk_package_line")),
        sa.UniqueConstraint(
            "campaign_id", "package_id", "student_id", name=op.f("uq_package_line_campaign_id_package_id_student_id")
        ),
    )
    op.create_index("ix_package_line_student", "package_line", ["campaign_id", "student_id"], unique=False)
    op.create_table(
        "photo_entry",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_mask", sa.String(length=255), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=True),
        sa.Column("slate_student_id", sa.Uuid(), nullable=True),
        sa.Column("slate_sha256", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id", "import_id"],
            ["photo_import.campaign_id", "photo_import.id"],
            name=op.f("fk_photo_entry_campaign_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "photo_id"],
            ["photo.campaign_id", "photo.id"],
            name=op.f("fk_photo_entry_campaign_id_photo_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "slate_student_id"],
            ["student.campaign_id", "student.id"],
            name=op.f("fk_photo_entry_campaign_id_slate_student_id"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_photo_entry_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "import_id", "position", name=op.f("pk_photo_entry")),
    )
    op.add_column("campaign", sa.Column("proofread_deadline", sa.DateTime(timezone=True), nullable=True))
    op.add_column("photo", sa.Column("proposed_student_id", sa.Uuid(), nullable=True))
    op.add_column(
        "photo", sa.Column("signs", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False)
    )
    op.add_column(
        "photo", sa.Column("measures", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False)
    )
    op.add_column("photo", sa.Column("import_id", sa.Uuid(), nullable=True))
    op.add_column("photo", sa.Column("import_position", sa.Integer(), nullable=True))
    op.add_column("photo", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("photo", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("photo", sa.Column("asked_note", sa.String(length=200), server_default="", nullable=False))
    op.create_index("ix_photo_import", "photo", ["campaign_id", "import_id", "import_position"], unique=False)
    op.create_index("ix_photo_proposed", "photo", ["campaign_id", "proposed_student_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_photo_campaign_id_proposed_student_id"),
        "photo",
        "student",
        ["campaign_id", "proposed_student_id"],
        ["campaign_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_photo_campaign_id_import_id"),
        "photo",
        "photo_import",
        ["campaign_id", "import_id"],
        ["campaign_id", "id"],
    )


def downgrade() -> None:
    # Words that the version before does not know.
    op.execute(
        "update photo set held = 'no_key' where held in ('one_sign', 'signs_differ', 'frozen_stretch', 'returned_by_mail')"
    )
    op.execute("update photo set matched_by = 'person' where matched_by in ('slate', 'mail')")
    op.drop_constraint(op.f("fk_photo_campaign_id_import_id"), "photo", type_="foreignkey")
    op.drop_constraint(op.f("fk_photo_campaign_id_proposed_student_id"), "photo", type_="foreignkey")
    op.drop_index("ix_photo_proposed", table_name="photo")
    op.drop_index("ix_photo_import", table_name="photo")
    op.drop_column("photo", "asked_note")
    op.drop_column("photo", "asked_at")
    op.drop_column("photo", "taken_at")
    op.drop_column("photo", "import_position")
    op.drop_column("photo", "import_id")
    op.drop_column("photo", "measures")
    op.drop_column("photo", "signs")
    op.drop_column("photo", "proposed_student_id")
    op.drop_column("campaign", "proofread_deadline")
    op.drop_table("photo_entry")
    op.drop_index("ix_package_line_student", table_name="package_line")
    op.drop_table("package_line")
    op.drop_table("mail_file")
    op.drop_index("ix_mail_answer_to", table_name="mail_answer")
    op.drop_index("ix_mail_answer_mail", table_name="mail_answer")
    op.drop_index("uq_mail_answer_open", table_name="mail_answer", postgresql_where="state in ('draft', 'queued')")
    op.drop_index("ix_mail_answer_open", table_name="mail_answer", postgresql_where="state in ('draft', 'queued')")
    op.drop_table("mail_answer")
    op.drop_index("ix_registry_mark_student", table_name="registry_mark")
    op.drop_table("registry_mark")
    op.drop_index("ix_mail_student", table_name="mail")
    op.drop_index("ix_mail_held", table_name="mail", postgresql_where="state = 'held'")
    op.drop_table("mail")
    op.drop_table("package")
    op.drop_table("photo_standard")
    op.drop_table("photo_confirmation")
    op.drop_table("photo_import")
    op.drop_table("mailbox")
