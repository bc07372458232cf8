"""timetable drafts, versions and told arrivals

No two slots of one venue overlap, and no place of a class group is in two slots: the database holds both, at the end
of the transaction, so that publishing may move slots past each other.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "timetable_drafts"
down_revision: str | Sequence[str] | None = "rules_and_jobs"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# Before, two slots of one venue could overlap, as two cameras of a notice do: the later one gets a venue of its own.
_APART = """
do $$
declare
    late slot;
    own uuid;
begin
    for late in select * from slot order by starts_at, label loop
        if exists (
            select from slot s
            where s.campaign_id = late.campaign_id and s.venue_id = late.venue_id
            and (s.starts_at, s.label) < (late.starts_at, late.label)
            and tstzrange(s.starts_at, s.ends_at) && tstzrange(late.starts_at, late.ends_at)
        ) then
            insert into venue (campaign_id, name, room, gate)
            select v.campaign_id, v.name, left(v.room, 90) || '（' || late.label || ' 场）', v.gate
            from venue v where v.campaign_id = late.campaign_id and v.id = late.venue_id
            returning id into own;
            update slot set venue_id = own where campaign_id = late.campaign_id and id = late.id;
        end if;
    end loop;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "notice_ruling",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("choice", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_notice_ruling_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "key", name=op.f("pk_notice_ruling")),
    )
    op.create_table(
        "timetable_revision",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "parent"],
            ["timetable_revision.campaign_id", "timetable_revision.number"],
            name=op.f("fk_timetable_revision_campaign_id_parent"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_timetable_revision_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "number", name=op.f("pk_timetable_revision")),
    )
    op.create_table(
        "timetable_solve",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("state", sa.String(), server_default="queued", nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_timetable_solve_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_timetable_solve")),
    )
    op.create_table(
        "timetable_version",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("affected_students", sa.Integer(), nullable=False),
        sa.Column("affected_classes", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_timetable_version_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "version", name=op.f("pk_timetable_version")),
    )
    op.create_table(
        "timetable_head",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("draft", sa.Integer(), nullable=True),
        sa.Column("last_revision", sa.Integer(), nullable=False),
        sa.Column("last_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "draft"],
            ["timetable_revision.campaign_id", "timetable_revision.number"],
            name=op.f("fk_timetable_head_campaign_id_draft"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_timetable_head_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_timetable_head")),
    )
    op.create_table(
        "delay_notice",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("class_group_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_arrival_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_arrival_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "class_group_id"],
            ["class_group.campaign_id", "class_group.id"],
            name=op.f("fk_delay_notice_campaign_id_class_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "slot_id"],
            ["slot.campaign_id", "slot.id"],
            name=op.f("fk_delay_notice_campaign_id_slot_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_delay_notice_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_delay_notice")),
    )
    op.create_index("ix_delay_notice_class", "delay_notice", ["campaign_id", "class_group_id", "at"], unique=False)
    op.create_table(
        "arrival",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("planned_start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrival_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrival_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "slot_id"],
            ["slot.campaign_id", "slot.id"],
            name=op.f("fk_arrival_campaign_id_slot_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "student_id"],
            ["student.campaign_id", "student.id"],
            name=op.f("fk_arrival_campaign_id_student_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_arrival_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "student_id", name=op.f("pk_arrival")),
    )
    op.create_index("ix_arrival_slot", "arrival", ["campaign_id", "slot_id"], unique=False)
    op.add_column("slot", sa.Column("cameras", sa.Integer(), server_default="1", nullable=False))
    op.add_column("slot_class", sa.Column("first_place", sa.Integer(), server_default="1", nullable=False))
    op.add_column("slot_class", sa.Column("last_place", sa.Integer(), nullable=True))
    op.drop_constraint(op.f("uq_slot_class_campaign_id_class_group_id"), "slot_class", type_="unique")
    op.create_index("ix_slot_class_class_group", "slot_class", ["campaign_id", "class_group_id"], unique=False)
    op.create_check_constraint("cameras", "slot", "cameras between 1 and 9")
    op.create_check_constraint(
        "places", "slot_class", "first_place >= 1 and (last_place is null or last_place >= first_place)"
    )
    op.execute(_APART)
    op.execute("create extension if not exists btree_gist")
    op.execute(
        "alter table slot add constraint ex_slot_one_at_a_time exclude using gist"
        " (campaign_id with =, venue_id with =, tstzrange(starts_at, ends_at) with &&) deferrable initially deferred"
    )
    op.execute(
        "alter table slot_class add constraint ex_slot_class_placed_once exclude using gist"
        " (campaign_id with =, class_group_id with =, int4range(first_place, last_place, '[]') with &&)"
        " deferrable initially deferred"
    )


def downgrade() -> None:
    op.drop_constraint("ex_slot_class_placed_once", "slot_class")
    op.drop_constraint("ex_slot_one_at_a_time", "slot")
    op.execute("drop extension if exists btree_gist")
    op.drop_constraint("ck_slot_class_places", "slot_class")
    op.drop_constraint("ck_slot_cameras", "slot")
    # Of a class that was split the first part stays: the schema before knows one place a class.
    op.execute("delete from slot_class where first_place > 1")
    op.drop_index("ix_slot_class_class_group", table_name="slot_class")
    op.create_unique_constraint(
        op.f("uq_slot_class_campaign_id_class_group_id"),
        "slot_class",
        ["campaign_id", "class_group_id"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("slot_class", "last_place")
    op.drop_column("slot_class", "first_place")
    op.drop_column("slot", "cameras")
    op.drop_index("ix_arrival_slot", table_name="arrival")
    op.drop_table("arrival")
    op.drop_index("ix_delay_notice_class", table_name="delay_notice")
    op.drop_table("delay_notice")
    op.drop_table("timetable_head")
    op.drop_table("timetable_version")
    op.drop_table("timetable_solve")
    op.drop_table("timetable_revision")
    op.drop_table("notice_ruling")
