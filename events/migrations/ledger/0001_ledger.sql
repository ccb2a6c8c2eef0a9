-- The ledger: one dense, hash-chained sequence of events for each area. Nothing here is ever updated or deleted.

create table ledger (
    area      text primary key check (area ~ '^[A-Z][A-Z0-9]{1,11}$'),
    opened_at timestamptz not null default clock_timestamp()
);
comment on table ledger is 'One row an area: locked by every append to it, never updated by one.';

-- National facts have a ledger from the start.
insert into ledger (area) values ('UK');

create table event (
    area        text        not null,
    position    bigint      not null,
    stream      uuid        not null,
    version     integer     not null,
    type        text        not null,
    data        text        not null,
    occurred_on date        not null,
    recorded_at timestamptz not null,
    actor       text        not null,
    command     uuid        not null,
    cause       text,
    digest      bytea,
    hash        bytea       not null,
    primary key (area, position),
    unique (area, stream, version),
    -- they go into the hash and into the JSON of a read as they are, so they hold no bar, quote or backslash
    check (type || actor || coalesce(cause, '') ~ '^[A-Za-z0-9:@._/-]+$')
);
comment on column event.occurred_on is 'When it happened, as told; a day in Europe/London.';
comment on column event.recorded_at is 'When the hub learned it; never earlier than the event before it in the area.';
comment on column event.cause is 'AREA/POSITION of the event this one answers, in whichever area.';
comment on column event.digest is 'On the first event of a command: tells it from another command under the same id.';
comment on column event.hash is 'sha256(hash of the event before || header || digest || sha256(data)); see events/chain.py.';

-- The same command gets the same answer, so it is written once.
create unique index event_command on event (area, command) where digest is not null;

-- Asked at every boot, which must not read the whole ledger; an index would cost every append more than this does.
create table event_type (
    area      text   not null,
    type      text   not null,
    looked_to bigint not null,
    primary key (area, type)
);
comment on table event_type is 'Which types each ledger holds, as far as it was looked through.';

-- An event as the JSON array that events/ledger.py reads. Text and plain fields go in as they are: what could need
-- quoting cannot be in them. As text a moment ends in +00, and JSON's form asks for +00:00.
create function as_json(e event) returns text
    language sql stable parallel safe
return '["' || e.area || '",' || e.position || ',"' || e.stream || '",' || e.version || ',' || e.data || ',"'
       || e.occurred_on || '","' || e.recorded_at || ':00","' || e.actor || '","' || e.command || '",'
       || coalesce('"' || e.cause || '"', 'null') || ']';

-- The last of the events that one command wrote, given the first; they stand in a row.
create function last_position(first event) returns bigint
    language sql stable parallel safe
return coalesce(
    (select e.position - 1 from event e
     where e.area = first.area and e.position > first.position and e.command <> first.command
     order by e.position limit 1),
    (select e.position from event e where e.area = first.area order by e.position desc limit 1)
);

-- chain(start, piece): the running hash of a ledger that goes on from the hash `start`.
create function chain_step(hash bytea, start bytea, piece bytea) returns bytea
    language plpgsql immutable parallel safe
as $$ begin return sha256(coalesce(hash, start) || piece); end $$;

create aggregate chain(bytea, bytea) (sfunc = chain_step, stype = bytea);

-- append: decides a batch of commands and writes those that go ahead, in one round trip and one commit.
-- A command: one element of each of the first eight arrays; `counts` is how many events it has. An event: one of each
-- of the last five; `of` is the number of its command and `nth` its place among the command's events, both from 1.
-- The caller puts no two commands with one area and stream, or one area and id, into a batch.
-- Outcomes: written | again (this very command was answered before) | reused (its id was used for something else) |
-- conflict (the stream is at another version) | unknown (no such ledger) | busy (somebody else is appending to the
-- area; only when not told to wait).
-- Each step of the plan costs every commit a little, whatever is in it: what can be said in one is not said in two.
create function append(
    areas text[], commands uuid[], digests bytea[], streams uuid[], expected integer[], actors text[], causes text[],
    counts integer[],
    wait boolean,
    of integer[], nth integer[], types text[], datas text[], occurred date[]
) returns table (number integer, outcome text, first_position bigint, last_position bigint, stream_version integer)
    language plpgsql
    set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    ours text[];
begin
    -- who asks was let in before; what the statements below see is held to the areas they are about
    perform set_config('trellis.areas', array_to_string(areas, ','), true);
    -- The lock is a statement of its own: what follows must see all that was committed while we waited for it.
    if wait then
        ours := array(select l.area from ledger l where l.area = any (areas) order by l.area for update);
    else
        ours := array(select l.area from ledger l where l.area = any (areas) order by l.area for update skip locked);
    end if;

    return query
    with head as materialized (
        select a.area, coalesce(last.position, 0) as position, coalesce(last.hash, '') as hash,
               -- a clock set back must not make the hub learn things in another order than it did
               greatest(clock_timestamp(), last.recorded_at) as recorded_at
        from unnest(ours) a(area)
        left join lateral (
            select e.position, e.hash, e.recorded_at from event e
            where e.area = a.area order by e.position desc limit 1
        ) last on true
    ),
    asked as (
        select c.*, head.position as head, head.hash as start, head.recorded_at,
               known.position as known_first, known.last_position as known_last, coalesce(tip.version, 0) as version,
               case
                   when head.area is null then
                       case when exists (select from ledger l where l.area = c.area) then 'busy' else 'unknown' end
                   when known.digest = c.digest then 'again'
                   when known.digest is not null then 'reused'
                   when coalesce(tip.version, 0) <> c.expected then 'conflict'
                   else 'written'
               end as outcome
        from unnest(areas, commands, digests, streams, expected, actors, causes, counts)
             with ordinality as c(area, command, digest, stream, expected, actor, cause, count, number)
        left join head on head.area = c.area
        left join lateral (
            select e.digest, e.position, last_position(e) as last_position from event e
            where e.area = c.area and e.command = c.command and e.digest is not null limit 1
        ) known on true
        left join lateral (
            select e.version from event e
            where e.area = c.area and e.stream = c.stream order by e.version desc limit 1
        ) tip on true
    ),
    -- a command's events stand after those of the commands before it in its area
    decided as materialized (
        select a.*, a.head + sum(a.count) filter (where a.outcome = 'written')
                             over (partition by a.area order by a.number) as last
        from asked a
    ),
    fresh as (
        select d.area, d.last - d.count + e.nth as position, d.start, d.stream, d.expected + e.nth as version, e.type,
               e.data, e.occurred_on, d.recorded_at, d.actor, d.command, d.cause,
               case when e.nth = 1 then d.digest end as digest
        from decided d
        join unnest(of, nth, types, datas, occurred) as e(number, nth, type, data, occurred_on) on e.number = d.number
        where d.outcome = 'written'
    ),
    written as (
        insert into event (area, position, stream, version, type, data, occurred_on, recorded_at, actor, command,
                           cause, digest, hash)
        select f.area, f.position, f.stream, f.version, f.type, f.data, f.occurred_on, f.recorded_at, f.actor,
               f.command, f.cause, f.digest,
               chain(
                   f.start,
                   convert_to(concat_ws('|', f.area, f.position, f.stream, f.version, f.type,
                                        f.occurred_on - date '1970-01-01',
                                        (extract(epoch from f.recorded_at) * 1000000)::bigint,
                                        f.actor, f.command, coalesce(f.cause, ''), ''), 'UTF8')
                   || coalesce(f.digest, '')
                   || sha256(convert_to(f.data, 'UTF8'))
               ) over (partition by f.area order by f.position)
        from fresh f
    )
    select d.number::integer, d.outcome,
           case d.outcome when 'written' then d.last - d.count + 1 when 'again' then d.known_first end,
           case d.outcome when 'written' then d.last when 'again' then d.known_last end,
           d.version
    from decided d;
end $$;
