#!/bin/sh
# Runs one command on one of the project's stacks: scripts/stack.sh preview|up|refresh|destroy|export
# STACK names the stack, CONFIG holds KEY=VALUE settings apart by blanks, VERBOSE asks for every detail.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
command=$1
set -- "$command" --cwd . --stack "${STACK:-dev}"
case $command in
preview | up)
    for pack in policies/*/PulumiPolicy.yaml; do
        set -- "$@" --policy-pack "${pack%/*}"
    done
    # No file name is meant by a setting such as tags[0]=x.
    set -f
    for setting in ${CONFIG:-}; do
        set -- "$@" --config "$setting"
    done
    ;;
destroy)
    # As on a real account: what is protected refuses to be deleted, so an update lifts the protection first. Without the
    # packs, which would refuse to lift it.
    if node offline/bin/offline.js export --cwd . --stack "${STACK:-dev}" |
        grep -E '"(d|enableD)eletionProtection": true' >/dev/null; then
        echo "Deletion protection is on: lifting it by an update first." >&2
        node offline/bin/offline.js up --cwd . --stack "${STACK:-dev}" --config deletionProtection=false
    fi
    ;;
esac
if [ -n "${VERBOSE:-}" ]; then
    set -- "$@" --verbose
fi
exec node offline/bin/offline.js "$@"
