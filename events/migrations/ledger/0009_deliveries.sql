-- What became of messages once they were handed over, and what people do about those that are stuck.

alter table message add column sent_to bytea;
comment on column message.sent_to is 'Of the address of the last attempt, as in stopped_address: where a bounce of it stops further mail.';

-- pages retry and give up, and never claim or send
grant update (state, send_from, outcome_at, note) on message to trellis_app;
