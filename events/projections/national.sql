-- The national projection: what was believed of each area, for each day, as known on each day.

-- What one entry adds, for which days it does so and while which knowledge holds. The picture on day D as known on day K
-- is the sum over the rows with occurred_on <= D < ends_on and known_on <= K < superseded_on, and the entries behind a
-- figure are those rows themselves. Null where the entry says nothing of an indicator.
create table belief (
    area                    text   not null,
    known_at                bigint not null, -- position of the event through which it came to be believed
    position                bigint not null, -- position of the entry
    facet                   text   not null,
    said_at                 bigint not null, -- position of the event that says so: the entry, or its latest correction
    occurred_on             date   not null,
    ends_on                 date   not null,
    known_on                date   not null,
    superseded_on           date   not null,
    areas                   bigint,
    enterprises             bigint,
    enterprises_new         bigint,
    enterprises_established bigint,
    active                  bigint,
    milestones              bigint,
    people_supported        bigint,
    jobs                    bigint,
    volunteers              bigint,
    hours_per_week          bigint,
    primary key (area, known_at, position, facet)
);
comment on column belief.ends_on is 'The first day on which it no longer holds; 9999-12-31 if it holds for good.';
comment on column belief.superseded_on is 'The day on which the hub learned better; 9999-12-31 if it has not.';
comment on column belief.hours_per_week is 'In hundredths of an hour, so that sums stay exact.';

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
    superseded_on date   not null,
    primary key (area, position, said_at)
);
