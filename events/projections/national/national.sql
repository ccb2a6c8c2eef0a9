-- The national projection: what was believed of each area, for each day, as known on each day.

-- What one entry adds to a facet, for which days it does so and while which knowledge holds. The picture on day D as known
-- on day K is the sum over the rows with occurred_on <= D < ends_on and known_on <= K < superseded_on, and the entries
-- behind a figure are those rows themselves. Which measures `first` to `fourth` are, the facet says (measures.py).
create table belief (
    area          text   not null,
    position      bigint not null, -- position of the entry
    facet         text   not null,
    key           text   not null, -- which of several of its facet, such as which condition
    said_at       bigint not null, -- position of the event that says so: the entry, or its latest correction
    known_at      bigint not null, -- position of the event through which it came to be believed
    occurred_on   date   not null,
    ends_on       date   not null,
    known_on      date   not null,
    superseded_on date   not null,
    first         bigint,
    second        bigint,
    third         bigint,
    fourth        bigint,
    primary key (area, position, facet, key, occurred_on, known_at)
);
comment on column belief.ends_on is 'The first day on which it no longer holds; 9999-12-31 if it holds for good.';
comment on column belief.superseded_on is 'The day on which the hub learned better; 9999-12-31 if it has not.';
comment on column belief.first is 'Null where the entry says nothing of it. Hours are in hundredths, so that sums stay exact.';
-- What few entries are about is found without reading those of all enterprises, nor those that were long since replaced:
-- conditions are confirmed over and over.
create index belief_of_area on belief (facet, area, ends_on, superseded_on)
    where facet in ('area', 'code', 'post', 'target', 'condition', 'risk');
-- What few entries say is also found by its days, for what changed in a week.
create index belief_began on belief (occurred_on)
    where facet in ('area', 'registered', 'post', 'condition', 'risk', 'lesson', 'practice');
create index belief_ended on belief (ends_on)
    where facet in ('area', 'post', 'condition', 'risk', 'lesson', 'practice') and ends_on < '9999-12-31';
create index belief_learned on belief (known_on)
    where facet in ('area', 'post', 'condition', 'risk', 'lesson', 'practice');
create index belief_start on belief (occurred_on) where facet = 'start';

-- The sums that make a picture quick; how they fit together, cube.py says. All follow from `belief`.
create table changed (
    area       text  not null,
    quarter    int   not null, -- what the changes are about, in quarters of months since the year 0
    learned_in int   not null, -- the year: who asks what was known long ago does not read all that came later
    changes    bytea not null,
    primary key (area, quarter, learned_in)
);

create table learned (
    area    text   not null,
    block   bigint not null,
    changes bytea  not null, -- the same ones, by the events through which they came to be believed
    primary key (area, block)
);

create table snapshot (
    area        text   not null,
    known_on    date   not null, -- the day on which the last event of its block was recorded
    block       bigint not null,
    first_month int    not null,
    months      int    not null,
    size        int    not null, -- bytes a number takes: 4, or 8 where one is larger
    pictures    bytea  not null, -- by month: a picture at the end of each
    courses     bytea  not null, -- by measure: some measures at the end of each month
    primary key (area, known_on, block)
);
-- A reader wants two months of many: pieces are only cut from what is not compressed.
alter table snapshot alter pictures set storage external, alter courses set storage external;
-- Compressing these would take a fifth of a rebuild's time, and to read them from elsewhere most of a look's.
alter table changed alter changes set storage external, set (toast_tuple_target = 8160);
alter table learned alter changes set storage external, set (toast_tuple_target = 8160);

-- Which needs and referrals are about one wait.
create table wait (
    area   text not null,
    stream uuid not null,
    person uuid not null, -- the need, or the first referral where there is none
    primary key (area, stream)
);
create index wait_of on wait (area, person);

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
