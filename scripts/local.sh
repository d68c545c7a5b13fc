#!/bin/sh
# Runs the whole architecture of a stack on this machine, or a test of it: scripts/local.sh main|load|chaos|soak [options]
# STACK names the stack, CONFIG holds KEY=VALUE settings apart by blanks.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
command=$1
shift
set -- "$@" --stack "${STACK:-dev}"
# No file name is meant by a setting such as tags[0]=x.
set -f
for setting in ${CONFIG:-}; do
    set -- "$@" --config "$setting"
done
# Node 20 is one of those that the twin is for.
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
exec node -r ./offline/register.js "twin/$command.ts" "$@"
