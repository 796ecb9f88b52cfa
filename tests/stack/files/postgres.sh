#!/bin/sh
# As the published image does: a cluster with one user and one database, made at the first start.
set -e
data=/var/lib/postgresql/data
export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH"
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
mkdir -p /run/postgresql && chown postgres /run/postgresql "$data"
if [ ! -s "$data/PG_VERSION" ]; then
    printf '%s' "$POSTGRES_PASSWORD" >/run/postgresql/password
    chown postgres /run/postgresql/password
    as_postgres initdb --username="$POSTGRES_USER" --pwfile=/run/postgresql/password --auth=scram-sha-256 -D "$data"
    rm /run/postgresql/password
    printf 'host all all all scram-sha-256\n' >>"$data/pg_hba.conf"
    as_postgres pg_ctl -D "$data" -w -o "-c listen_addresses=''" start
    PGPASSWORD="$POSTGRES_PASSWORD" createdb -h /run/postgresql -U "$POSTGRES_USER" "$POSTGRES_DB"
    as_postgres pg_ctl -D "$data" -w stop
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups postgres -D "$data" -c listen_addresses='*'
