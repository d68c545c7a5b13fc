#!/bin/sh
# Runs the whole architecture of a stack on this machine, or a test of it: scripts/local.sh main|load|chaos|soak [options]
# STACK names the stack, CONFIG holds KEY=VALUE settings apart by blanks; PORT, SPEED, SEED, RUNS, RATE, MINUTES,
# SECONDS_PER_STEP and MOST are options of some of them. SHORT=1: that all of it runs, in a minute.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
command=$1
shift
set -- --stack "${STACK:-dev}" "$@"
case $command in
main) set -- ${PORT:+--port "$PORT"} ${SPEED:+--speed "$SPEED"} "$@" ;;
load)
    if [ -n "${SHORT:-}" ]; then set -- --seconds 0.5 --most 16 "$@"; fi
    set -- ${SECONDS_PER_STEP:+--seconds "$SECONDS_PER_STEP"} ${MOST:+--most "$MOST"} "$@"
    ;;
chaos) set -- ${SEED:+--seed "$SEED"} ${RUNS:+--runs "$RUNS"} ${RATE:+--rate "$RATE"} "$@" ;;
soak)
    if [ -n "${SHORT:-}" ]; then set -- --minutes 1 "$@"; fi
    set -- ${MINUTES:+--minutes "$MINUTES"} ${RATE:+--rate "$RATE"} ${SEED:+--seed "$SEED"} "$@"
    ;;
esac
# No file name is meant by a setting such as tags[0]=x.
set -f
for setting in ${CONFIG:-}; do
    set -- "$@" --config "$setting"
done
# Node 20 is one of those that the twin is for.
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
exec node -r ./offline/register.js "twin/$command.ts" "$@"
