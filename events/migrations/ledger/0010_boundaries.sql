-- Real boundaries of areas, for the map: as drawn, not as surveyed.

create table boundary (
    area  text not null,
    frame text not null,
    path  text not null,
    primary key (area, frame)
);
comment on table boundary is 'A small list: the shape of each area in each frame of the map, as an SVG path. Codes that are no longer used keep theirs, for earlier days.';

-- whose they are stands under `boundaries` in `notice`
grant select on boundary to trellis_app;
