-- Who looked at a person's data, and how a person is erased.

create table look (
    area         text        not null,
    id           uuid        not null,
    at           timestamptz not null default clock_timestamp(),
    who          text        not null,
    who_name     text        not null,
    subject      uuid        not null,
    why          text        not null,
    exported     boolean     not null default false,
    broken_glass boolean     not null default false,
    primary key (area, id)
);
create index look_subject on look (area, subject, at);
create index look_at on look (area, at);
comment on table look is 'Every time somebody opened what is sealed for a person; written before it opens. Only why is ever changed.';
comment on column look.id is 'The same in each area that the look was about.';
comment on column look.why is 'In their own words. Taken out once the person is erased.';
comment on column look.broken_glass is 'Whether it was not their task, and they gave a reason to look all the same.';

create table erasure (
    area          text        not null,
    id            uuid        not null,
    subject       uuid        not null,
    basis         text        not null,
    asked_at      timestamptz not null default clock_timestamp(),
    asked_by      text        not null,
    asked_name    text        not null,
    approved      boolean,     -- null while nobody decided
    decided_at    timestamptz,
    decided_by    text,
    decided_name  text,
    done_at       timestamptz,
    backups_until date,
    primary key (area, id),
    check ((approved is null) = (decided_by is null) and (approved is null) = (decided_at is null)),
    constraint two_people check (approved is not true or decided_by <> asked_by),
    check (done_at is null or approved)
);
create unique index one_open_erasure on erasure (area, subject) where approved is not false;
comment on table erasure is 'Somebody asked for a person to be erased, somebody else decided, the tick carried it out.';
comment on column erasure.area is 'Where it was asked for. The key is gone for all areas.';
comment on column erasure.backups_until is 'The last day on which a backup may still hold the key.';

create table erasure_hold (
    area        text        not null,
    id          uuid        not null,
    subject     uuid        not null,
    kind        text        not null,
    placed_at   timestamptz not null default clock_timestamp(),
    placed_by   text        not null,
    placed_name text        not null,
    lifted_at   timestamptz,
    lifted_by   text,
    lifted_name text,
    primary key (area, id)
);
create index erasure_hold_subject on erasure_hold (area, subject) where lifted_at is null;
comment on table erasure_hold is 'Why a person must not be erased yet. While one stands, no erasure is approved.';

create table kept_long_enough (
    area     text not null,
    subject  uuid not null,
    due_on   date not null,
    found_on date not null,
    primary key (area, subject)
);
comment on table kept_long_enough is 'People whose data was kept as long as it may be: proposed, never erased by itself.';

-- as on event
do $$
declare
    name text;
begin
    foreach name in array array['look', 'erasure', 'erasure_hold', 'kept_long_enough'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format($policy$
            create policy areas_let_in_to on %I using (
                (select current_setting('trellis.areas', true)) = '*'
                or area = any ((select string_to_array(current_setting('trellis.areas', true), ','))::text[])
            ) $policy$, name);
    end loop;
end $$;

-- asked first and decided after, each at its own time: no row comes in decided, or says it is older than it is
grant select, insert (area, id, who, who_name, subject, why, exported, broken_glass) on look to trellis_app;
grant select, insert (area, id, subject, basis, asked_by, asked_name),
    update (approved, decided_at, decided_by, decided_name) on erasure to trellis_app;
grant select, insert (area, id, subject, kind, placed_by, placed_name),
    update (lifted_at, lifted_by, lifted_name) on erasure_hold to trellis_app;
grant select on kept_long_enough to trellis_app;
