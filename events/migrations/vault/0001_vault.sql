-- The vault: one key for each person. Its backups live shorter lives than the ledger's, so that a destroyed key stays so.

create table subject_key (
    subject      uuid primary key,
    wrapped      bytea,
    created_at   timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);
comment on column subject_key.wrapped is 'The key of 32 bytes, encrypted under the master key: nonce, then AES-256-GCM.';

-- Pages and API find keys and make them. They destroy none, and no row of theirs can say that one was destroyed.
do $$
begin
    if not exists (select from pg_roles where rolname = 'trellis_app') then
        create role trellis_app nologin;
        grant trellis_app to current_user;
    elsif not pg_has_role('trellis_app', 'member') then
        grant trellis_app to current_user;
    end if;
end $$;
grant select on migration to trellis_app;
grant select, insert (subject, wrapped) on subject_key to trellis_app;
