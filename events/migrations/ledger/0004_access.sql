-- Who may see and do what. Accounts, roles, sessions and keys are ordinary rows that change; they are no events.

-- Pages and API work under this role. It owns nothing, so row-level security holds for it, and of events it sees those
-- of the areas that its transaction was let in to: none at all if it was not.
-- What logs in for them is a member of it and of nothing else, or steps down to it if there is one login for all.
do $$
begin
    if not exists (select from pg_roles where rolname = 'trellis_app') then
        create role trellis_app nologin;
        grant trellis_app to current_user;
    elsif not pg_has_role('trellis_app', 'member') then
        grant trellis_app to current_user;
    end if;
end $$;

alter table event enable row level security;
alter table event force row level security;
-- the settings are read once a statement, not once a row
create policy areas_let_in_to on event using (
    (select current_setting('trellis.areas', true)) = '*'
    or area = any ((select string_to_array(current_setting('trellis.areas', true), ','))::text[])
);

create table account (
    id         uuid primary key,
    name       text        not null,
    email      text        not null check (email = lower(email)),
    created_at timestamptz not null default clock_timestamp(),
    closed_at  timestamptz,
    unique (email)
);
comment on table account is 'Somebody who works with the hub: Catalysts, leads, commissioners, the national team.';

create table held_role (
    account  uuid not null references account,
    role     text not null,
    area     text not null,  -- * for the whole network
    starts   date not null,
    ends     date,           -- the last day; null while it has no end
    given_by text not null,
    primary key (account, role, area, starts),
    check (ends is null or ends >= starts)
);

create table session (
    token      bytea       primary key,
    id         uuid        not null unique default gen_random_uuid(),
    account    uuid        not null references account,
    how        text        not null,
    agent      text        not null,
    started_at timestamptz not null default clock_timestamp(),
    proved_at  timestamptz not null default clock_timestamp(),
    seen_at    timestamptz not null default clock_timestamp(),
    ends_at    timestamptz not null
);
create index session_account on session (account);
comment on column session.token is 'sha256 of what the browser holds, so that a copy of this table opens nothing.';
comment on column session.id is 'What its holder''s list of browsers calls it. Opens nothing.';
comment on column session.proved_at is 'When the person last showed that it is them: here, or earlier at their provider.';
comment on column session.how is 'How the person signed in: passkey, the name of an identity provider, demo.';

-- Hub processes remember who is signed in. Whatever makes that untrue is said to them when it is committed: that a
-- session is over or will be sooner, and what somebody may do. Nothing is said of who it is.
create function say_who_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('who_changed', '');
    return null;
end $$;

create trigger said_when_over after delete on session for each row execute function say_who_changed();
create trigger said_when_over_sooner after update on session for each row
    when ((old.token, old.account) is distinct from (new.token, new.account)
          or new.ends_at < old.ends_at or new.seen_at < old.seen_at)
    execute function say_who_changed();
create trigger said_when_emptied after truncate on session execute function say_who_changed();
create trigger said_when_changed after update or delete on account for each row execute function say_who_changed();
create trigger said_when_changed after insert or update or delete on held_role
    for each row execute function say_who_changed();

create table api_key (
    prefix     text        primary key,
    digest     bytea       not null,
    name       text        not null,
    actions    text[]      not null,
    areas      text[]      not null,
    created_at timestamptz not null default clock_timestamp(),
    created_by text        not null,
    ends_on    date        not null,
    used_at    timestamptz,
    revoked_at timestamptz
);
comment on column api_key.digest is 'sha256 of the whole key; the prefix is what people may see of it.';

grant usage on schema public to trellis_app;
grant select on all tables in schema public to trellis_app;
grant insert on event to trellis_app;
grant insert (area), update (opened_at) on ledger to trellis_app;  -- update only to lock a row
grant insert, update on account to trellis_app;
grant insert, update, delete on held_role to trellis_app;
grant insert, update, delete on session to trellis_app;
grant insert, update on api_key to trellis_app;

-- the builds of projections that are there already; the engine grants those to come
do $$
declare
    schema text;
begin
    for schema in select projection || '_' || build from build loop
        execute format('grant usage on schema %I to trellis_app', schema);
        execute format('grant select on all tables in schema %I to trellis_app', schema);
    end loop;
end $$;
