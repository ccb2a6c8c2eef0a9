-- How people come to have an account, and how they prove that it is theirs.

create table invitation (
    token     bytea       primary key,
    email     text        not null check (email = lower(email)),
    name      text        not null,
    role      text,        -- none for somebody who has an account already and needs no other role
    area      text,
    starts    date,
    ends      date,
    made_by   text        not null,
    made_at   timestamptz not null default clock_timestamp(),
    ends_at   timestamptz not null,
    closed_at timestamptz, -- accepted, withdrawn, or followed by a newer one
    account   uuid        references account,
    check ((role is null) = (area is null) and (role is null) = (starts is null))
);
create unique index one_open_invitation on invitation (email) where closed_at is null;
comment on column invitation.token is 'sha256 of what the link holds.';
comment on column invitation.account is 'Whose it became, once accepted.';

create table identity (
    issuer  text        not null,
    subject text        not null,
    account uuid        not null references account,
    made_at timestamptz not null default clock_timestamp(),
    used_at timestamptz,
    primary key (issuer, subject)
);
create index identity_account on identity (account);
comment on table identity is 'Who somebody is at an identity provider. An e-mail address is no identity: it can change hands.';

create table passkey (
    id         bytea       primary key,
    account    uuid        not null references account,
    public_key bytea       not null,
    sign_count bigint      not null,
    name       text        not null,
    made_at    timestamptz not null default clock_timestamp(),
    used_at    timestamptz,
    stopped_at timestamptz
);
create index passkey_account on passkey (account);
comment on column passkey.stopped_at is 'When its counter went back, which says that there is a copy of it.';

create table recovery_code (
    account uuid        not null references account,
    digest  bytea       not null,
    salt    bytea       not null,
    made_at timestamptz not null default clock_timestamp(),
    used_at timestamptz,
    primary key (account, digest)
);
comment on column recovery_code.digest is 'scrypt of the code; all codes of an account that were made together share a salt.';

create table sign_in_attempt (
    token   bytea       primary key,
    data    bytea       not null,
    ends_at timestamptz not null
);
comment on table sign_in_attempt is 'What was asked of somebody who is about to sign in. Taken out when they answer, so each is answered once.';

create table access_log (
    id      uuid        primary key,
    at      timestamptz not null default clock_timestamp(),
    who     text        not null,
    account uuid        references account,
    kind    text        not null,
    areas   text[]      not null default '{}',
    what    text        not null
);
create index access_log_at on access_log (at);
create index access_log_account on access_log (account, at);
create index access_log_kind on access_log (kind, at);
comment on table access_log is 'Who changed what access, who signed in and out, and who was refused.';
comment on column access_log.areas is 'Where the access holds that changed, * for everywhere; those who lead there see it.';

grant select, insert, update on invitation to trellis_app;
grant select, insert, update, delete on identity, passkey, recovery_code to trellis_app;
grant select, insert, delete on sign_in_attempt to trellis_app;
grant select, insert on access_log to trellis_app;
