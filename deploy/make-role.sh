#!/bin/sh
# PostgreSQL's image runs this once, on an empty volume: the hub's role owns its database and is no superuser. What logs
# in for pages and API owns nothing and is a member of trellis_app alone, to which the migrations give what those need.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set password="$(cat "$ROLE_PASSWORD_FILE")" --set web_password="$(cat "$WEB_PASSWORD_FILE")" \
    --set database="$POSTGRES_DB" <<'SQL'
create role trellis_app nologin;
create role hub login password :'password' in role trellis_app;
create role trellis_web login password :'web_password' in role trellis_app;
alter database :"database" owner to hub;
revoke all on database :"database" from public;
grant connect on database :"database" to trellis_web;
SQL
