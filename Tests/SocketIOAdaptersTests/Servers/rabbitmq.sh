#!/bin/sh
# A RabbitMQ of the tests' own in the working directory, with a name and ports of its own.
# usage: rabbitmq.sh <port> <port of its name server> <port for other nodes>
folder=$PWD
export HOME="$folder" ERL_EPMD_PORT="$2" ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME="turnstone-$1@localhost" RABBITMQ_NODE_PORT="$1" RABBITMQ_DIST_PORT="$3"
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
export RABBITMQ_MNESIA_BASE="$folder/mnesia" RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_LOGS=-
export RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins" RABBITMQ_CONFIG_FILE="$folder/none"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
# Debian's command changes to its own user first, which needs root; this is what it calls.
exec /usr/lib/rabbitmq/bin/rabbitmq-server </dev/null
