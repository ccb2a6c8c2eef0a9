-- The vault: one key for each person. Its backups live shorter lives than the ledger's, so that a destroyed key stays so.

create table subject_key (
    subject      uuid primary key,
    wrapped      bytea,
    created_at   timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);
comment on column subject_key.wrapped is 'The key of 32 bytes, encrypted under the master key: nonce, then AES-256-GCM.';
