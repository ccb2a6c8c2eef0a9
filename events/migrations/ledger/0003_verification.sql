-- What the last check of each area's ledger found, and of each projection against them.

create table verification (
    area       text        primary key,
    checked_at timestamptz not null default clock_timestamp(),
    events     bigint      not null,
    fault      text
);
comment on column verification.fault is 'The first thing wrong, in a sentence; null when the ledger is whole.';

create table proof (
    projection text        primary key,
    checked_at timestamptz not null default clock_timestamp(),
    events     bigint      not null,
    differing  text[]      not null
);
comment on table proof is 'A small list: whether each projection, built anew from the ledgers, held the same as the live one, and in which areas it did not.';
