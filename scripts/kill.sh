#!/bin/sh
# The long variant of tests/engine/kill.test.ts. HEADROOM_KILL_SEED repeats a run that failed.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
HEADROOM_KILL=prod exec node node_modules/jest/bin/jest.js tests/engine/kill.test.ts "$@"
