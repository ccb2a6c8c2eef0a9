-- The work projection: what stands now. Each row follows from one stream's entries, its corrections counted in, and is
-- written anew whenever that stream has something new. What a need and its referrals say of each other is kept with them
-- and follows from their rows. Days are those of Europe/London.

create table area (
    area      text not null,
    stream    uuid not null,
    joined_on date,
    left_on   date,
    focus     text not null,
    primary key (area)
);

create table post (
    area           text    not null,
    stream         uuid    not null,
    position       bigint  not null,
    post           text    not null,
    employer       text    not null,
    starts         date    not null,
    ends           date    not null,
    cost           bigint  not null,
    locally_rooted boolean not null,
    left_on        date,
    reason         text,
    primary key (area, position)
);
comment on column post.cost is 'In pounds, for the whole post.';

create table load_target (
    area        text   not null,
    stream      uuid   not null,
    position    bigint not null,
    enterprises bigint not null,
    source      text   not null,
    since       date   not null,
    primary key (area, position)
);

create table condition (
    area      text    not null,
    stream    uuid    not null,
    condition text    not null,
    met       boolean not null,
    since     date    not null,
    evidence  text    not null,
    primary key (area, condition)
);

create table risk (
    area         text   not null,
    stream       uuid   not null,
    position     bigint not null,
    risk         text   not null,
    owner        text   not null,
    raised_on    date   not null,
    mitigated_on date,
    action       text   not null,
    closed_on    date,
    primary key (area, position)
);

create table enterprise (
    area               text   not null,
    enterprise         uuid   not null,
    stream             uuid   not null,
    name               text   not null,
    standing           text   not null,
    standing_since     date   not null,
    registered_on      date,
    origin             text,
    legal_form         text,
    services           text[] not null,
    modes              text[] not null,
    circumstances      text[] not null,
    stage              text,
    stage_since        date,
    told_on            date   not null,
    milestone          text,
    milestone_on       date,
    milestones         bigint not null,
    reported_on        date,
    people_supported   bigint,
    jobs               bigint,
    volunteers         bigint,
    hours_per_week     double precision,
    hourly_rate        double precision,
    can_take           bigint,
    capacity_on        date,
    listing_on         date,
    standards_on       date,
    checked_on         date,
    check_result       text,
    courses            bigint not null,
    support_minutes    bigint not null,
    concerns           bigint not null,
    primary key (area, enterprise)
);
comment on column enterprise.standing is 'enquiry, active, paused, closed, or signposted elsewhere.';
comment on column enterprise.told_on is 'The day of the newest thing that somebody told of it.';
create index enterprise_told on enterprise (area, told_on) where standing = 'active';
create index enterprise_by_id on enterprise (enterprise);
-- As rules find who reached nothing new, stays where they are, or has to report again.
create index enterprise_reached on enterprise (area, (greatest(milestone_on, standing_since))) where standing = 'active';
create index enterprise_stays on enterprise (area, (greatest(stage_since, standing_since)))
    where standing in ('active', 'enquiry')
      and coalesce(stage, standing) in ('enquiry', 'exploring', 'developing', 'checking');
create index enterprise_reports on enterprise (area, (greatest(coalesce(reported_on, stage_since), standing_since)))
    where standing = 'active';
create index enterprise_active on enterprise (area, standing_since) where standing = 'active';
create index enterprise_named on enterprise (name, area, enterprise);

-- Who recorded how much of an enterprise, and when last: what a Catalyst's caseload is counted from.
create table handled (
    area       text   not null,
    enterprise uuid   not null,
    stream     uuid   not null,
    actor      text   not null,
    entries    bigint not null,
    last_on    date   not null,
    primary key (area, enterprise, actor)
);

create table training (
    area       text   not null,
    enterprise uuid   not null,
    stream     uuid   not null,
    position   bigint not null,
    course     text   not null,
    learner    text   not null,
    on_day     date   not null,
    observed   boolean not null,
    session    uuid,
    primary key (area, position)
);
comment on column training.observed is 'True for a skill seen at work, false for a course completed.';
create index training_of on training (area, enterprise);
create index training_at on training (area, session) where session is not null;
-- As lists of all areas begin.
create index training_latest on training (on_day, area, position);
create index training_course on training (course, area, position);

create table quality_check (
    area       text   not null,
    enterprise uuid   not null,
    stream     uuid   not null,
    position   bigint not null,
    on_day     date   not null,
    result     text   not null,
    checklist  text   not null,
    primary key (area, position)
);
create index quality_check_of on quality_check (area, enterprise);
create index quality_check_latest on quality_check (on_day, area, position);

create table concern (
    area       text   not null,
    enterprise uuid   not null,
    stream     uuid   not null,
    concern    uuid   not null,
    kind       text   not null,
    raised_on  date   not null,
    primary key (area, concern)
);

create table action (
    area       text   not null,
    enterprise uuid   not null,
    stream     uuid   not null,
    action     uuid   not null,
    agreed_on  date   not null,
    due        date   not null,
    done_on    date,
    primary key (area, action)
);
create index action_open on action (area, due) where done_on is null;

create table requirement (
    area         text not null,
    enterprise   uuid not null,
    stream       uuid not null,
    requirement  text not null,
    because      text not null,
    local        boolean not null,
    needed_since date not null,
    valid_from   date,
    valid_to     date,
    notice_from  date,
    waived_from  date,
    waived_to    date,
    evidence     uuid,
    evidence_on  date,
    valid        datemultirange not null,
    held         datemultirange not null,
    waived       datemultirange not null,
    awaiting     datemultirange not null,
    primary key (area, enterprise, requirement)
);
comment on column requirement.valid_to is
    'The last day; null where it is not held, or held for good. As it was when its enterprise was last told of: to sort '
    'and to look by, since what is due has a notice_from that has come. What to show, requirement_held_to says.';
comment on column requirement.valid is 'When it is held and not yet to be renewed.';
create index requirement_due on requirement (area, notice_from);
-- As the planner looks for what runs out on a day.
create index requirement_ends_in on requirement (area, valid_to) include (enterprise, requirement, notice_from)
    where not local;
create index requirement_local_ends_in on requirement (area, valid_to) include (enterprise, requirement, notice_from)
    where local;
create index requirement_gap on requirement (area) where upper(held) > valid_to + 1;
-- As the list of all areas begins.
create index requirement_ends on requirement (valid_to, area, enterprise, requirement);
create index requirement_named on requirement (requirement, area, enterprise);

-- As `events.requirements.state` says it.
create function requirement_state(asked requirement, day date) returns text language sql immutable as $$
    select case
        when day < asked.needed_since then 'not needed'
        when day <@ asked.valid then 'valid'
        when day <@ asked.waived then 'waived'
        when day <@ asked.held then 'in renewal window'
        when day <@ asked.awaiting then 'submitted'
        when lower(asked.held) <= day then 'expired'
        else 'missing'
    end
$$;

-- The last day of the span that a day is in, or of the one before it; null where there is none, or it never ends.
create function requirement_held_to(asked requirement, day date) returns date language sql immutable as $$
    select case
        when day <@ asked.held
        then lower((datemultirange(daterange(null, null)) - asked.held) * datemultirange(daterange(day, null))) - 1
        else upper(asked.held * datemultirange(daterange(null, day))) - 1
    end
$$;

create table story (
    area       text not null,
    enterprise uuid not null,
    stream     uuid not null,
    story      uuid not null,
    title      text not null,
    text       text not null,
    shared_on  date not null,
    primary key (area, story)
);

-- not `session`, which is what the hub calls that somebody is signed in
create table training_session (
    area        text   not null,
    session     uuid   not null,
    stream      uuid   not null,
    course      text   not null,
    takes_place date   not null,
    places      bigint not null,
    booked      bigint not null,
    venue       text   not null,
    primary key (area, session)
);

create table need (
    area          text    not null,
    need          uuid    not null,
    stream        uuid    not null,
    service       text    not null,
    source        text    not null,
    people        bigint  not null,
    waiting_since date    not null,
    recorded_on   date    not null,
    shared_on     date,
    answers       bigint  not null,
    can_help      bigint  not null,
    person        boolean not null,
    closed_on     date,
    closed_reason text,
    standing      bigint  not null default 0,
    started_on    date,
    state         text    not null generated always as (
        case
            when started_on is not null then 'met'
            when closed_on is not null then 'closed'
            when standing > 0 then 'referred'
            when answers > 0 then 'answered'
            when shared_on is not null then 'shared'
            else 'not shared'
        end
    ) stored,
    primary key (area, need)
);
comment on column need.person is 'Whether somebody''s details are kept, sealed, with it.';
comment on column need.closed_on is 'The day from which nobody waited any more, though no support started.';
comment on column need.standing is 'How many referrals for it did not come to nothing.';
comment on column need.started_on is 'The first day on which support by one of those started.';
create index need_by_id on need (need);
create index need_waiting on need (area, waiting_since);
create index need_recorded on need (area, recorded_on);
create index need_shared on need (area, shared_on) where shared_on is not null;
-- As the list of all areas begins.
create index need_longest on need (waiting_since, area, need);

create table answer (
    area       text   not null,
    need       uuid   not null,
    stream     uuid   not null,
    enterprise uuid   not null,
    answer     text   not null,
    on_day     date   not null,
    position   bigint not null,
    primary key (area, need, enterprise)
);

create table referral (
    area          text    not null,
    referral      uuid    not null,
    stream        uuid    not null,
    enterprise    uuid    not null,
    need          uuid,
    service       text    not null,
    referrer      text    not null,
    waiting_since date    not null,
    made_on       date    not null,
    state         text    not null,
    since         date    not null,
    actor         text    not null,
    accepted_on   date,
    contact_on    date,
    started_on    date,
    ended_on      date,
    outcome       text,
    reason        text,
    person        boolean not null,
    instead_of    uuid,
    waits         boolean not null,
    need_since    date,
    primary key (area, referral)
);
comment on column referral.since is 'The day on which it came to the state it is in, and actor who recorded that.';
comment on column referral.waits is 'Whether the person waits on, by this referral or by another one in its place.';
comment on column referral.need_since is
    'Since when its need waits, which counts before what it says itself; null where it is for none.';
create index referral_by_id on referral (referral);
-- As the list of all areas begins.
create index referral_latest on referral (made_on, area, referral);
create index referral_of on referral (area, enterprise);
create index referral_for on referral (area, need);
create index referral_open on referral (area, made_on) where state in ('made', 'accepted', 'contact made');
create index referral_unmet on referral (area, waiting_since) where waits and need is null;
create index referral_instead on referral (area, instead_of) where instead_of is not null;
create index referral_started on referral (area, started_on) where started_on is not null;

-- What areas learned is for the whole network, and so are load targets and which areas take part: whoever may read any
-- area may read these.

create table lesson (
    area         text   not null,
    lesson       uuid   not null,
    stream       uuid   not null,
    title        text   not null,
    tried        text   not null,
    context      text   not null,
    result       text   not null,
    topics       text[] not null,
    resolves     text[] not null,
    consented_on date,
    shared_on    date   not null,
    revised_on   date,
    retired_on   date,
    reason       text,
    words        tsvector not null generated always as (
        setweight(to_tsvector('english'::regconfig, title), 'A')
        || to_tsvector('english'::regconfig, tried || ' ' || context || ' ' || result)
    ) stored,
    primary key (area, lesson)
);
create index lesson_by_id on lesson (lesson);
create index lesson_words on lesson using gin (words);

create table practice (
    area         text not null,
    lesson       uuid not null,
    stream       uuid not null,
    state        text not null,
    since        date not null,
    from_area    text not null,
    seen_on      date,
    trialled_on  date,
    adopted_on   date,
    abandoned_on date,
    change       text not null,
    why          text,
    primary key (area, lesson)
);
comment on column practice.adopted_on is 'Also of one that was adapted.';
create index practice_of on practice (lesson);
create index practice_adopted on practice (adopted_on);

-- How many areas took a lesson up: of those that take part now, and without the one that shared it.
create function reach(asked uuid, shared_by text) returns bigint language sql stable as $$
    select count(*) from practice p join area a using (area)
    where p.lesson = asked and p.state in ('adopted', 'adapted') and p.area <> shared_by and a.left_on is null
$$;

create table barrier (
    area        text not null,
    barrier     uuid not null,
    stream      uuid not null,
    topic       text not null,
    title       text not null,
    detail      text not null,
    enterprise  uuid,
    raised_on   date not null,
    resolved_on date,
    how         text not null,
    lesson      uuid,
    primary key (area, barrier)
);
create index barrier_by_id on barrier (barrier);
create index barrier_about on barrier (topic, area);
create index barrier_resolved on barrier (resolved_on);

-- The same, and which areas took part, as they stood on any day, as known on any day: a row holds of the days from
-- starts_on to before ends_on, as known from known_on to before superseded_on. 9999-12-31 is for good.

create table area_then (
    like area,
    starts_on     date not null,
    ends_on       date not null,
    known_on      date not null,
    superseded_on date not null,
    primary key (area, known_on, starts_on)
);

create table lesson_then (
    like lesson including generated,
    starts_on     date not null,
    ends_on       date not null,
    known_on      date not null,
    superseded_on date not null,
    primary key (area, lesson, known_on, starts_on)
);
create index lesson_then_by_id on lesson_then (lesson);

create table practice_then (
    like practice,
    starts_on     date not null,
    ends_on       date not null,
    known_on      date not null,
    superseded_on date not null,
    primary key (area, lesson, known_on, starts_on)
);
create index practice_then_of on practice_then (lesson);

create table barrier_then (
    like barrier,
    starts_on     date not null,
    ends_on       date not null,
    known_on      date not null,
    superseded_on date not null,
    primary key (area, barrier, known_on, starts_on)
);

-- What stood on a day, as known on another. Of areas: those that took part.

create function areas_on(day date, known date) returns setof area_then language sql stable as $$
    select * from area_then
    where starts_on <= day and day < ends_on and known_on <= known and known < superseded_on
      and joined_on is not null and left_on is null
$$;

create function lessons_on(day date, known date) returns setof lesson_then language sql stable as $$
    select * from lesson_then
    where starts_on <= day and day < ends_on and known_on <= known and known < superseded_on
$$;

create function practices_on(day date, known date) returns setof practice_then language sql stable as $$
    select * from practice_then
    where starts_on <= day and day < ends_on and known_on <= known and known < superseded_on
$$;

create function barriers_on(day date, known date) returns setof barrier_then language sql stable as $$
    select * from barrier_then
    where starts_on <= day and day < ends_on and known_on <= known and known < superseded_on
$$;

-- Feedback that somebody gave, and what council or community want talked about: each waits for an answer.
create table matter (
    area        text   not null,
    matter      uuid   not null,
    stream      uuid   not null,
    kind        text   not null,
    title       text   not null,
    raised_by   text,
    owner       text   not null,
    enterprise  uuid,
    raised_on   date   not null,
    recorded_on date   not null,
    answered_on date,
    answer      text   not null,
    primary key (area, matter)
);
comment on column matter.kind is 'feedback, whose words are sealed and not here, or agenda item.';
comment on column matter.owner is 'The role that has to answer.';
create index matter_by_id on matter (matter);
create index matter_waits on matter (area, raised_on) where answered_on is null;
-- As the list of all areas begins.
create index matter_latest on matter (raised_on, area, matter);

-- One reminder to one recipient.
create table nudge (
    area           text   not null,
    nudge          uuid   not null,
    stream         uuid   not null,
    rule           text   not null,
    rule_version   bigint not null,
    about          uuid   not null,
    about_kind     text   not null,
    what           text   not null,
    due            date   not null,
    step           bigint not null,
    recipient_kind text   not null,
    recipient      uuid   not null,
    planned_on     date   not null,
    send_on        date   not null,
    held_out       boolean not null,
    trial          text,
    state          text   not null,
    since          date   not null,
    why            text,
    message        uuid,
    channel        text,
    sent_on        date,
    acted_on       date,
    acted_how      text,
    escalated_on   date,
    escalated_to   uuid,
    primary key (area, nudge)
);
comment on column nudge.state is 'planned, held out, sent, delivered, failed or suppressed.';
comment on column nudge.step is 'The rung of the rule''s ladder, such as days from due on.';
-- As rules ask whether they planned something before.
-- As the planner asks what of a rule was to go out lately.
create index nudge_lately on nudge (rule, area, send_on) include (about, what, due, step);
create index nudge_of on nudge (area, about, rule, what, due, step);
create index nudge_to on nudge (area, recipient, send_on);
create index nudge_latest on nudge (send_on desc, area, nudge);
create index nudge_failed on nudge (area, since) where state = 'failed' and recipient_kind = 'enterprise';

-- How an enterprise wants to be reminded, if it chose.
create table reminding (
    area       text    not null,
    stream     uuid    not null,
    enterprise uuid    not null,
    way        text    not null,
    language   text    not null,
    optional   boolean not null,
    every      text    not null,
    set_on     date    not null,
    primary key (area, enterprise)
);
create index reminding_stream on reminding (area, stream);
create index reminding_of on reminding (enterprise);

create table told_by_link (
    area       text not null,
    stream     uuid not null,
    enterprise uuid not null,
    answer     uuid not null,
    says       text not null,
    told_on    date not null,
    seen_on    date,
    primary key (area, answer)
);
create index told_by_link_stream on told_by_link (area, stream);
create index told_by_link_waits on told_by_link (area, told_on) where seen_on is null;

do $$
declare
    kept_apart text;
begin
    for kept_apart in
        select tablename from pg_tables
        where schemaname = current_schema() and tablename not in (
            'area', 'load_target', 'lesson', 'practice', 'barrier',
            'area_then', 'lesson_then', 'practice_then', 'barrier_then'
        )
    loop
        execute format('alter table %I enable row level security', kept_apart);
        execute format('alter table %I force row level security', kept_apart);
        execute format(
            'create policy areas_let_in_to on %I using ('
            '(select current_setting(''trellis.areas'', true)) = ''*'''
            ' or area = any ((select string_to_array(current_setting(''trellis.areas'', true), '',''))::text[]))',
            kept_apart
        );
    end loop;
end $$;
