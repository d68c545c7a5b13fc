#!/bin/sh
# All checks and tests. The last line is "N passed, N failed"; the exit code is 0 only if nothing failed.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
node -r ./offline/register.js twin/install.ts
exec node scripts/checks.mjs all
