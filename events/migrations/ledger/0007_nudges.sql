-- What is to be sent to whom. These are ordinary rows that change, and no projection: rebuilding projections, importing
-- history and replaying it make none of them, so they send nothing.

create table message (
    area           text        not null,
    message        uuid        not null,
    recipient_kind text        not null,
    recipient      uuid        not null,
    way            text        not null check (way in ('email', 'sms', 'hub')),
    send_on        date        not null,
    send_from      timestamptz not null,
    nudges         uuid[]      not null,
    state          text        not null default 'planned'
                   check (state in ('planned', 'claimed', 'sending', 'sent', 'failed', 'doubtful', 'suppressed')),
    attempt        integer     not null default 0,
    attempt_by     text,
    channel        text,
    lease_until    timestamptz,
    outcome_at     timestamptz,
    note           text,
    primary key (area, message),
    check ((state in ('claimed', 'sending')) = (lease_until is not null))
);
-- A few of many: what waits, what is under way, and what somebody has to look at.
create index message_due on message (area, send_from) where state = 'planned';
create index message_under_way on message (area, lease_until) where state in ('claimed', 'sending');
create index message_stuck on message (area, outcome_at) where state in ('failed', 'doubtful');
-- All others, to be counted from the index alone.
create index message_sent on message (area) where state = 'sent';
create index message_suppressed on message (area) where state = 'suppressed';
create index message_to on message (area, recipient, send_on);
comment on table message is 'What goes to one recipient on one day in one way, with all nudges of that day.';
comment on column message.message is 'What a channel is told so that it sends once: the same for each attempt.';
comment on column message.send_from is 'Not before this moment: its day, by day, and later after an attempt that failed for now.';
comment on column message.attempt is 'How often a channel was called, committed before each call.';
comment on column message.attempt_by is 'The process that claimed it last.';
comment on column message.channel is 'What carried the last attempt, such as smtp.';
comment on column message.note is 'Why it stands as it does, in one of a few words.';

create table due_link (
    area           text        not null,
    token          bytea       not null,
    purpose        text        not null check (purpose in ('due', 'stop')),
    message        uuid        not null,
    recipient_kind text        not null,
    recipient      uuid        not null,
    made_at        timestamptz not null default clock_timestamp(),
    ends_at        timestamptz not null,
    primary key (area, token)
);
create index due_link_by_token on due_link (token);  -- an address holds the token alone
create index due_link_ends on due_link (area, ends_at);
comment on table due_link is 'The links in messages to enterprises. Each opens one thing, until it ends.';
comment on column due_link.token is 'sha256 of what the link holds.';

create table stopped_address (
    digest     bytea       primary key,
    why        text        not null check (why in ('bounced', 'complained')),
    stopped_at timestamptz not null default clock_timestamp()
);
comment on table stopped_address is 'Addresses to which nothing is sent any more.';
comment on column stopped_address.digest is 'Of the address, under the hub''s own key: whoever reads this table cannot guess at it.';

create table nudge_preference (
    account  uuid        primary key references account,
    way      text        not null default 'email' check (way in ('email', 'sms', 'hub')),
    language text        not null default 'en' check (language in ('en', 'cy')),
    optional boolean     not null default true,
    every    text        not null default 'day' check (every in ('day', 'week', 'month')),
    set_at   timestamptz not null default clock_timestamp()
);
comment on table nudge_preference is 'How somebody who works with the hub wants to be reminded; those of enterprises are events.';

create table mailbox (
    area    text        not null,
    message uuid        not null,
    subject uuid        not null,
    box     bytea       not null,
    at      timestamptz not null default clock_timestamp(),
    primary key (area, message)
);
create index mailbox_at on mailbox (area, at);
comment on table mailbox is 'What a hub for demonstration would have sent, each sealed under the key of whoever it is for.';

-- as on event
do $$
declare
    name text;
begin
    foreach name in array array['message', 'due_link', 'mailbox'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format($policy$
            create policy areas_let_in_to on %I using (
                (select current_setting('trellis.areas', true)) = '*'
                or area = any ((select string_to_array(current_setting('trellis.areas', true), ','))::text[])
            ) $policy$, name);
    end loop;
end $$;

-- only workers send; pages show what became of it, and take down who wants it otherwise
grant select on message, due_link, mailbox to trellis_app;
grant select, insert on stopped_address to trellis_app;
grant select, insert, update on nudge_preference to trellis_app;
