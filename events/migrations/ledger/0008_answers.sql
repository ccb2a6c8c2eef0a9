-- What enterprises send by their links, and the calendars of what falls due. Ordinary rows, and no projection.

create table evidence_file (
    area       text        not null,
    evidence   uuid        not null,
    enterprise uuid        not null,
    kind       text        not null check (kind in ('application/pdf', 'image/jpeg', 'image/png')),
    size       integer     not null check (size between 1 and 5242880),
    subject    uuid        not null,
    box        bytea       not null,
    at         timestamptz not null default clock_timestamp(),
    primary key (area, evidence)
);
create index evidence_file_of on evidence_file (area, enterprise);
comment on table evidence_file is 'What shows that something was renewed, sealed under the enterprise''s key.';
comment on column evidence_file.kind is 'What its first bytes say that it is.';
comment on column evidence_file.size is 'In bytes, before it was sealed.';

create table calendar_address (
    area        text        not null,
    holder      uuid        not null,
    holder_kind text        not null check (holder_kind in ('enterprise', 'account')),
    nth         integer     not null default 1,
    token       bytea       not null,
    made_at     timestamptz not null default clock_timestamp(),
    primary key (area, holder)
);
create index calendar_address_by_token on calendar_address (token);  -- an address holds the token alone
comment on table calendar_address is 'Secret addresses of calendars. An account''s stands in the area UK, for all areas where it works.';
comment on column calendar_address.nth is 'How many were made: the token follows from it, so that the page can show it again.';
comment on column calendar_address.token is 'sha256 of what the address holds.';

-- as on event
do $$
declare
    name text;
begin
    foreach name in array array['evidence_file', 'calendar_address'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format($policy$
            create policy areas_let_in_to on %I using (
                (select current_setting('trellis.areas', true)) = '*'
                or area = any ((select string_to_array(current_setting('trellis.areas', true), ','))::text[])
            ) $policy$, name);
    end loop;
end $$;

grant select, insert on evidence_file to trellis_app;
grant select, insert, update (nth, token, made_at) on calendar_address to trellis_app;
