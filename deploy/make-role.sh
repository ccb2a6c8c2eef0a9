#!/bin/sh
# PostgreSQL's image runs this once, on an empty volume: the hub's role owns its database and is no superuser.
# It may make roles, because the migrations make one of fewer rights for pages and API.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set password="$(cat "$ROLE_PASSWORD_FILE")" --set database="$POSTGRES_DB" <<'SQL'
create role hub login createrole password :'password';
alter database :"database" owner to hub;
SQL
