#!/bin/sh
# Sets the checkout up, or finds in a tenth of a second that it is. All it says goes to stderr.
set -eu
cd "$(dirname "$0")/.."
if ! command -v node >/dev/null 2>&1; then
    echo "error: Headroom needs node 20.20 or newer on PATH (https://nodejs.org)." >&2
    exit 1
fi
exec node scripts/setup.mjs >&2
