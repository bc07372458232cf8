"""rules that the database itself holds, and the job queue's tables

Balances of the fee ledger are kept by triggers, so that no code path can forget them; what is append-only refuses
UPDATE, DELETE and TRUNCATE; each refusal carries a constraint name that the service maps to a sentence.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "rules_and_jobs"
down_revision = "6c7182469b3b"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_entry", "audit")
NEVER_EMPTIED = (*APPEND_ONLY, "student_fee", "class_cash", "handover", "receipt_counter")

RULES = r"""
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = '23514', constraint = 'append_only';
end $$;

create function ledger_apply() returns trigger language plpgsql as $$
declare
    what text := new.kind;
    sign int := 1;
    delta bigint;
    undone ledger_entry;
    mine student_fee;
begin
    if new.kind = 'reversal' then
        select * into undone from ledger_entry where campaign_id = new.campaign_id and id = new.reverses_id;
        if undone.id is null or undone.kind = 'reversal' or (undone.student_id, undone.class_group_id, undone.amount_fen)
                is distinct from (new.student_id, new.class_group_id, new.amount_fen) then
            raise exception 'a reversal must mirror its entry'
                using errcode = '23514', constraint = 'ledger_reversal_mirrors';
        end if;
        what := undone.kind;
        sign := -1;
    end if;
    delta := sign * case what when 'collected' then new.amount_fen when 'refunded' then -new.amount_fen else 0 end;

    -- The class before the student, everywhere: two writers of one class then queue, and never lock each other out.
    insert into class_cash (campaign_id, class_group_id, collected_fen, refunded_fen, handed_over_fen)
        values (new.campaign_id, new.class_group_id, 0, 0, 0) on conflict (campaign_id, class_group_id) do nothing;
    perform from class_cash
        where campaign_id = new.campaign_id and class_group_id = new.class_group_id for update;
    insert into student_fee (campaign_id, student_id, class_group_id, fee_fen, paid_fen, waived, refunded)
        select new.campaign_id, new.student_id, new.class_group_id, fee_fen, 0, false, false
        from campaign where id = new.campaign_id
        on conflict (campaign_id, student_id) do nothing;
    select * into mine from student_fee
        where campaign_id = new.campaign_id and student_id = new.student_id for update;

    if mine.handover_id is not null and (what = 'refunded' or sign = -1) then
        raise exception 'the money has left the class' using errcode = '23514', constraint = 'ledger_money_has_left';
    end if;
    if what = 'waived' and sign = 1 and mine.waived then
        raise exception 'waived already' using errcode = '23514', constraint = 'ledger_waived_once';
    end if;
    -- Who changed classes: what is taken in now goes to the new class, what was taken in is with the old one.
    if sign = 1 and what <> 'refunded' and new.class_group_id <> (select class_group_id from student
            where campaign_id = new.campaign_id and id = new.student_id)
            or delta < 0 and mine.paid_fen > 0 and new.class_group_id <> mine.class_group_id then
        raise exception 'another class holds this money' using errcode = '23514', constraint = 'ledger_class_holds_money';
    end if;

    update student_fee set
        paid_fen = paid_fen + delta,
        -- The fee of the day on which it is paid; a campaign's fee may be corrected later.
        fee_fen = case when paid_fen > 0 or delta <= 0 then fee_fen
                       when sign = -1 then new.amount_fen
                       else (select fee_fen from campaign where id = new.campaign_id) end,
        class_group_id = case when paid_fen = 0 and delta >= 0 then new.class_group_id else class_group_id end,
        waived = case when what = 'waived' then sign = 1 else waived end,
        refunded = case when what <> 'refunded' then refunded else exists (
            select from ledger_entry e where e.campaign_id = new.campaign_id and e.student_id = new.student_id
                and e.kind = 'refunded' and not exists (select from ledger_entry r
                    where r.campaign_id = e.campaign_id and r.reverses_id = e.id)) end
        where campaign_id = new.campaign_id and student_id = new.student_id;
    update class_cash set
        collected_fen = collected_fen + case when what = 'collected' then sign * new.amount_fen else 0 end,
        refunded_fen = refunded_fen + case when what = 'refunded' then sign * new.amount_fen else 0 end
        where campaign_id = new.campaign_id and class_group_id = new.class_group_id;
    return null;
end $$;
create trigger ledger_apply after insert on ledger_entry for each row execute function ledger_apply();

create function balances_by_ledger_only() returns trigger language plpgsql as $$
begin
    if pg_trigger_depth() > 1 then
        return coalesce(new, old);
    end if;
    if tg_table_name = 'class_cash' and tg_op = 'INSERT' then  -- an empty till, made to be locked
        if (new.collected_fen, new.refunded_fen, new.handed_over_fen) = (0, 0, 0) then
            return new;
        end if;
    end if;
    if tg_table_name = 'student_fee' and tg_op = 'UPDATE' then  -- a declaration names whose money it is, once
        if to_jsonb(new) - 'handover_id' = to_jsonb(old) - 'handover_id'
                and old.handover_id is null and new.paid_fen > 0
                and exists (select from handover where campaign_id = new.campaign_id and id = new.handover_id
                            and class_group_id = new.class_group_id and state = 'declared') then
            return new;
        end if;
    end if;
    raise exception 'balances follow the ledger' using errcode = '23514', constraint = 'balances_by_ledger_only';
end $$;
create trigger class_cash_by_ledger before insert or update or delete on class_cash
    for each row execute function balances_by_ledger_only();
create trigger student_fee_by_ledger before insert or update or delete on student_fee
    for each row execute function balances_by_ledger_only();
create trigger receipt_counter_by_handover before insert or update or delete on receipt_counter
    for each row execute function balances_by_ledger_only();

create function handover_guard() returns trigger language plpgsql as $$
declare
    decided text[] := array['state', 'counted_fen', 'counted_notes', 'decided_by', 'decided_by_name', 'decided_at',
                            'decision_op_id', 'remark', 'receipt_number'];
begin
    if tg_op = 'INSERT' then
        if new.state <> 'declared' or new.counted_fen is not null then
            raise exception 'nobody has counted yet' using errcode = '23514', constraint = 'handover_begins_declared';
        end if;
        return new;
    end if;
    if tg_op = 'DELETE' or old.state in ('confirmed', 'withdrawn') or new.state = 'declared'
            or to_jsonb(new) - decided <> to_jsonb(old) - decided then
        raise exception 'a declared sum never changes' using errcode = '23514', constraint = 'handover_is_final';
    end if;
    if new.state = 'confirmed' then  -- numbers without gaps: a transaction that fails gives its number back
        insert into receipt_counter as counter (campaign_id, last_number) values (new.campaign_id, 1)
            on conflict (campaign_id) do update set last_number = counter.last_number + 1
            returning last_number into new.receipt_number;
    end if;
    return new;
end $$;
create trigger handover_guard before insert or update or delete on handover
    for each row execute function handover_guard();

create function handover_apply() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' and new.declared_fen > coalesce((select on_hand_fen from class_cash
            where campaign_id = new.campaign_id and class_group_id = new.class_group_id), 0) then
        raise exception 'more than is on hand' using errcode = '23514', constraint = 'handover_within_on_hand';
    end if;
    if tg_op = 'UPDATE' and new.state = 'confirmed' then
        update class_cash set handed_over_fen = handed_over_fen + new.counted_fen
            where campaign_id = new.campaign_id and class_group_id = new.class_group_id;
    end if;
    if tg_op = 'UPDATE' and new.state = 'withdrawn' then
        update student_fee set handover_id = null where campaign_id = new.campaign_id and handover_id = new.id;
    end if;
    return null;
end $$;
create trigger handover_apply after insert or update on handover for each row execute function handover_apply();

create function handover_names_its_students() returns trigger language plpgsql as $$
declare
    which uuid := coalesce(to_jsonb(new) ->> 'handover_id', to_jsonb(new) ->> 'id');
begin
    if exists (
        select from handover h, lateral (
            select coalesce(sum(paid_fen), 0) as fen, count(*) as people from student_fee
            where campaign_id = h.campaign_id and handover_id = h.id) named
        where h.campaign_id = new.campaign_id and h.id = which
            and (named.fen, named.people) is distinct from
                (case h.state when 'withdrawn' then 0 else h.declared_fen end,
                 case h.state when 'withdrawn' then 0 else h.people end)) then
        raise exception 'a handover is the money of named students'
            using errcode = '23514', constraint = 'handover_names_its_students';
    end if;
    return null;
end $$;
create constraint trigger handover_names_its_students after insert or update on handover
    deferrable initially deferred for each row execute function handover_names_its_students();
create constraint trigger student_fee_in_handover after insert or update on student_fee
    deferrable initially deferred for each row when (new.handover_id is not null)
    execute function handover_names_its_students();

create function photo_bytes_never_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or new.sha256 <> old.sha256 or new.size <> old.size then
        raise exception 'a photo is kept as it came' using errcode = '23514', constraint = 'photo_bytes_never_change';
    end if;
    return new;
end $$;
create trigger photo_bytes_never_change before update or delete on photo
    for each row execute function photo_bytes_never_change();
"""

NO_RULES = """
drop function photo_bytes_never_change cascade;
drop function handover_names_its_students cascade;
drop function handover_apply cascade;
drop function handover_guard cascade;
drop function balances_by_ledger_only cascade;
drop function ledger_apply cascade;
drop function refuse_change cascade;
"""

NO_JOBS = """
do $$
declare it record;
begin
    for it in select oid::regclass::text as name from pg_class
              where relname like 'procrastinate\\_%' and relkind = 'r' and relnamespace = 'public'::regnamespace loop
        execute 'drop table ' || it.name || ' cascade';
    end loop;
    for it in select oid::regprocedure::text as name from pg_proc
              where proname like 'procrastinate\\_%' and pronamespace = 'public'::regnamespace loop
        execute 'drop function ' || it.name || ' cascade';
    end loop;
    for it in select oid::regtype::text as name from pg_type
              where typname like 'procrastinate\\_%' and typtype in ('e', 'c')
                    and typnamespace = 'public'::regnamespace loop
        execute 'drop type ' || it.name || ' cascade';
    end loop;
end $$;
"""


def run(sql: str) -> None:
    """As it stands: SQLAlchemy would take the colons for parameters."""
    op.get_bind().connection.driver_connection.execute(sql)


def upgrade() -> None:
    run(RULES)
    for table in APPEND_ONLY:
        run(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change();"
        )
    for table in NEVER_EMPTIED:
        run(f"create trigger never_emptied before truncate on {table} execute function refuse_change();")
    run(SchemaManager.get_schema())


def downgrade() -> None:
    run(NO_JOBS)
    run(NO_RULES)
