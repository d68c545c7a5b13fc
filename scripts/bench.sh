#!/bin/sh
# Measures. Its dependencies are apart from the product's: bench/ has a package.json of its own.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
if [ ! -f bench/run.mjs ]; then
    echo "error: bench/run.mjs is missing, so there is nothing to measure with." >&2
    exit 1
fi
# SHORT=1: that the programs run and agree, no times.
exec node bench/run.mjs ${SHORT:+--short} "$@"
