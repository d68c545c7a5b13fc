#!/bin/sh
# Writes what the packs find in one stack into policy-exemptions.yaml: a preview that leaves reports, then the packs' command.
# STACK names the stack; OWNER, TICKET, REASON and EXPIRES are what each exemption says; RULE and SEVERITY choose findings;
# DRY_RUN=1 only says what would be written.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
HEADROOM_POLICY_REPORTS=.headroom/reports/${STACK:-dev}
export HEADROOM_POLICY_REPORTS
rm -rf "$HEADROOM_POLICY_REPORTS"
# The findings are what it is for: a preview that they stop is no failure here. The command refuses what is incomplete.
scripts/stack.sh preview >/dev/null || true
set -- --owner "${OWNER:-}" --ticket "${TICKET:-}" --reason "${REASON:-}" --expires "${EXPIRES:-}"
if [ -n "${RULE:-}" ]; then set -- "$@" --rule "$RULE"; fi
if [ -n "${SEVERITY:-}" ]; then set -- "$@" --severity "$SEVERITY"; fi
if [ -n "${DRY_RUN:-}" ]; then set -- "$@" --dry-run; fi
exec node policies/encryption/dist/baseline.js "$@"
