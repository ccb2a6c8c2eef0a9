-- The national projection: what happened in each area on each day, as known on each day.

-- The picture on day D as known on day K is the sum over occurred_on <= D and known_on <= K. One row carries every
-- indicator's change: a report touches three days, and eight indicators of it move on each of them.
create table cube (
    area                     text not null,
    occurred_on              date not null,
    known_on                 date not null,
    areas                    bigint,
    enterprises              bigint,
    enterprises_new          bigint,
    enterprises_established  bigint,
    active                   bigint,
    milestones               bigint,
    people_supported         bigint,
    people_supported_reports bigint,
    jobs                     bigint,
    jobs_reports             bigint,
    volunteers               bigint,
    volunteers_reports       bigint,
    hours_per_week           bigint,
    hours_per_week_reports   bigint,
    primary key (area, occurred_on, known_on)
);
comment on column cube.people_supported_reports is 'How many enterprises'' reports stand behind the sum.';
comment on column cube.hours_per_week is 'In hundredths of an hour, so that sums stay exact.';

-- What each event said, for later corrections and for opening a figure to its events.
create table entry (
    area          text   not null,
    said_at       bigint not null, -- position of the event that says so: the entry itself, or its latest correction
    facet         text   not null,
    position      bigint not null, -- position of the entry
    stream        uuid   not null,
    occurred_on   date   not null,
    known_on      date   not null,
    superseded_on date,            -- the day a correction became known
    amounts       jsonb  not null,
    primary key (area, stream, position, said_at, facet)
);

create table published (
    area          text   not null,
    said_at       bigint not null,
    position      bigint not null,
    indicator     text   not null,
    value         double precision not null,
    qualifier     text   not null,
    source        text   not null,
    occurred_on   date   not null,
    known_on      date   not null,
    superseded_on date,
    primary key (area, position, said_at)
);
