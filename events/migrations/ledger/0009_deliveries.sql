-- What became of messages once they were handed over, and what people do about those that are stuck.

alter table message add column sent_to bytea;
comment on column message.sent_to is 'Of the address of the last attempt, as in stopped_address: where a bounce of it stops further mail.';

alter table message
    add column tried_way text check (tried_way in ('email', 'sms', 'hub')),
    add column put_off integer not null default 0,
    add column put_back integer not null default 0,
    add column asked_on date;
comment on column message.tried_way is 'The way that the last attempt went: asked anew before the first, and kept for those after it.';
comment on column message.put_off is 'How many attempts were answered by "not now". Those that met nobody do not count.';
comment on column message.put_back is 'How often in a row it was put back, as its channel or what it follows from was not there.';
comment on column message.asked_on is 'The day on which somebody asked for it to be sent again.';

-- pages retry, give up and let an address be written to again, and never claim or send
grant update (state, send_from, lease_until, outcome_at, note, tried_way, put_off, put_back, asked_on) on message to trellis_app;
grant delete on stopped_address to trellis_app;
