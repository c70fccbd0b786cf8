#!/bin/bash
# Runs a command with Kafka's jars and a new enough Go at hand, both installed when missing. Usage: with_tools.sh COMMAND...
source "$(dirname "$0")/lib.sh"

WEIR_KAFKA_LIBS=$("$root/tools/kafka_jars.sh")
go_bin=$("$root/tools/go.sh")
export WEIR_KAFKA_LIBS PATH=$go_bin:$PATH
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
exec "$@"
