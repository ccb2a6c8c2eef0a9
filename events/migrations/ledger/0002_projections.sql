-- What the projection engine remembers. The tables of a projection itself are made by the engine, in a schema for each build.

create table build (
    projection text        not null,
    build      integer     not null,
    version    integer     not null,
    live       boolean     not null default false,
    started_at timestamptz not null default clock_timestamp(),
    retired_at timestamptz,
    primary key (projection, build)
);
create unique index one_live_build on build (projection) where live;
comment on table build is 'A small list: which copies of each projection exist, and which one is read.';

create table checkpoint (
    area         text        not null,
    projection   text        not null,
    build        integer     not null,
    position     bigint      not null,
    projected_at timestamptz not null default clock_timestamp(),
    primary key (area, projection, build)
);
comment on table checkpoint is 'How far a build has come in an area. Whoever holds the row''s lock owns the area for that build.';

create table parked (
    area       text        not null,
    projection text        not null,
    build      integer     not null,
    stream     uuid        not null,
    position   bigint      not null,
    why        text        not null,
    parked_at  timestamptz not null default clock_timestamp(),
    tried_at   timestamptz not null default clock_timestamp(),
    primary key (area, projection, build, stream)
);
comment on table parked is 'Streams that a build could not take in, from that position on; everything else went on.';

create table notice (
    name  text primary key,
    words text not null
);
comment on table notice is 'Short words every page shows, for example that this network is invented.';
