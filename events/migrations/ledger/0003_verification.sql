-- What the last check of each area's ledger found.

create table verification (
    area       text        primary key,
    checked_at timestamptz not null default clock_timestamp(),
    events     bigint      not null,
    fault      text
);
comment on column verification.fault is 'The first thing wrong, in a sentence; null when the ledger is whole.';
