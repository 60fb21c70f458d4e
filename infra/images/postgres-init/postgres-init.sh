#!/usr/bin/sh
# Makes the data folder, one database and its owner; does nothing where that is done already. What is unfinished has another name, so
# that a run which was stopped is simply begun anew.
set -eu

secrets=/run/seaworthy/secrets
bin=/usr/lib/postgresql/17/bin
done_dir=$PGDATA
work_dir=$PGDATA.unfinished

fail() {
  echo "postgres-init: $1" >&2
  exit 1
}

# Names and passwords become part of SQL text: only characters that mean nothing there are taken.
check() {
  case $2 in
    '' | *[!A-Za-z0-9_-]*) fail "$1: expected letters, digits, _ and - alone" ;;
  esac
}

secret() {
  [ -r "$secrets/$1" ] || fail "expected a password in $secrets/$1, found none"
  IFS= read -r value <"$secrets/$1" || [ -n "$value" ]
  check "$1" "$value"
  echo "$value"
}

if [ -s "$done_dir/PG_VERSION" ]; then
  echo "postgres-init: $done_dir is there, nothing to do"
  exit 0
fi

check DATABASE_NAME "$DATABASE_NAME"
check DATABASE_USER "$DATABASE_USER"
owner_password=$(secret database-owner-password)
password=$(secret database-password)

rm -rf "$work_dir"
echo "$owner_password" | "$bin/initdb" --pgdata="$work_dir" --username=postgres --pwfile=/dev/stdin --auth=scram-sha-256 \
  --encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C.UTF-8 --data-checksums
"$bin/postgres" --single -D "$work_dir" -c config_file=/etc/postgresql/postgresql.conf -c data_directory="$work_dir" postgres >/dev/null <<SQL
CREATE ROLE "$DATABASE_USER" LOGIN PASSWORD '$password';
CREATE DATABASE "$DATABASE_NAME" OWNER "$DATABASE_USER";
REVOKE CONNECT, TEMPORARY ON DATABASE "$DATABASE_NAME" FROM PUBLIC;
SQL
mv "$work_dir" "$done_dir"
echo "postgres-init: made $done_dir with the database $DATABASE_NAME"
