#!/bin/sh
# A RabbitMQ of the tests' own, with names and ports of its own, which ends when the standard input does.
# usage: rabbitmq.sh <folder> <port>, and the two ports behind it
folder=$1 port=$2
export HOME=$folder ERL_EPMD_PORT=$((port + 1)) ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME=turnstone-$port@localhost RABBITMQ_NODE_PORT=$port RABBITMQ_DIST_PORT=$((port + 2))
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
export RABBITMQ_MNESIA_BASE=$folder/mnesia RABBITMQ_LOG_BASE=$folder/log RABBITMQ_LOGS=- RABBITMQ_ENABLED_PLUGINS_FILE=$folder/plugins
export RABBITMQ_PID_FILE=$folder/pid RABBITMQ_CONFIG_FILE=$folder/none
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
epmd -address 127.0.0.1 -port $((port + 1)) &
epmd=$!
# A session of its own, so that all of it can be ended at once: an orderly end would wait for somebody to read its log.
setsid /usr/lib/rabbitmq/bin/rabbitmq-server </dev/null &
server=$!
read -r _
kill -KILL "-$server"
kill -KILL $epmd
