#!/bin/sh
# A Redis of the tests' own, which ends, as if it had crashed, when the standard input does.
# usage: redis.sh <folder> <port> [settings …]
folder=$1 port=$2
shift 2
redis-server --bind 127.0.0.1 --port "$port" --dir "$folder" --save '' --appendonly no --daemonize no "$@" </dev/null &
server=$!
read -r _
kill -KILL $server
