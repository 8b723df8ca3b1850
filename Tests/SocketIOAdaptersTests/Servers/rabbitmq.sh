#!/bin/sh
# A RabbitMQ of the tests' own in the working directory, with a name and ports of its own.
# usage: rabbitmq.sh <port> <port of its name server> <port for other nodes> [<port for TLS> <folder with cert.pem and key.pem>]
folder=$PWD
export HOME="$folder" ERL_EPMD_PORT="$2" ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME="turnstone-$1@localhost" RABBITMQ_NODE_PORT="$1" RABBITMQ_DIST_PORT="$3"
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
export RABBITMQ_MNESIA_BASE="$folder/mnesia" RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_LOGS=-
export RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins" RABBITMQ_CONFIG_FILE="$folder/none"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
if [ $# -gt 3 ]; then
    printf 'listeners.ssl.1 = 127.0.0.1:%s\nssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\n' "$4" >"$folder/tls.conf"
    printf 'ssl_options.cacertfile = %s/cert.pem\nssl_options.certfile = %s/cert.pem\nssl_options.keyfile = %s/key.pem\n' "$5" "$5" "$5" >>"$folder/tls.conf"
    export RABBITMQ_CONFIG_FILE="$folder/tls"
fi
# Debian's command changes to its own user first, which needs root; this is what it calls.
exec /usr/lib/rabbitmq/bin/rabbitmq-server </dev/null
