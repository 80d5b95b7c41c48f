# A PostgreSQL cluster of our own, for the scripts that source this: throw-away data, a free port.

# Sets postgres_bin to the newest server programs that are installed.
find_postgres() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname "$(command -v initdb)" 2> /dev/null)"; do
    if [[ -x $folder/initdb && -x $folder/pg_ctl ]]; then postgres_bin=$folder; return; fi
  done
  return 1
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [[ $(id -u) != 0 ]]; then (cd / && "$@"); else (cd / && runuser -u postgres -- "$@"); fi
}

# Starts a cluster in a folder that its user can pass through, with further settings such as `-c fsync=off`; its address is
# in TEST_POSTGRES_URL then.
start_postgres() {
  local folder=$1 settings=${*:2} port log=$1/postgres.log
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  mkdir "$folder/postgres" "$folder/sockets"
  touch "$log"
  [[ $(id -u) != 0 ]] || chown postgres "$folder/postgres" "$folder/sockets" "$log"
  as_postgres "$postgres_bin/initdb" -D "$folder/postgres" --auth=trust --username=tester --encoding=UTF8 \
    --no-locale --no-sync > "$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log"; return 1; }
  as_postgres "$postgres_bin/pg_ctl" start -w -s -D "$folder/postgres" -l "$log" \
    -o "-p $port -k $folder/sockets -c listen_addresses=127.0.0.1 $settings" || { cat "$log"; return 1; }
  export TEST_POSTGRES_URL=postgres://tester@127.0.0.1:$port/postgres
}

# Ends the cluster in a folder, if there is one.
stop_postgres() {
  [[ ! -d $1/postgres ]] || as_postgres "$postgres_bin/pg_ctl" stop -D "$1/postgres" -m immediate -s
}
