#!/bin/sh
# One static check: scripts/check.sh lint|format|typecheck|layering|deadcode
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
exec node scripts/checks.mjs "$1"
