#!/bin/sh
# The stack STACK on a real account, with the plain CLI: scripts/deploy.sh preview | up. Both preview with both packs; `up` goes on
# where they pass.
# The environment is the caller's: credentials, PULUMI_BACKEND_URL. Where the stack may not exist yet, PULUMI_SECRETS names the
# secrets provider that it is created with.
set -eu
cd "$(dirname "$0")/.."
if ! command -v pulumi >/dev/null 2>&1; then
    echo "error: make deploy needs the Pulumi CLI on PATH (https://www.pulumi.com/docs/install/)." >&2
    exit 1
fi
command=${1:-up}
stack=${STACK:-dev}
if [ ! -f "Pulumi.$stack.yaml" ]; then
    echo "error: there is no Pulumi.$stack.yaml; STACK is one of:$(ls Pulumi.*.yaml | sed -e 's/^Pulumi\./ /' -e 's/\.yaml$//' | tr -d '\n')" >&2
    exit 1
fi
if [ ! -d node_modules ]; then
    npm ci
fi
node scripts/build-packs.mjs
if [ -n "${PULUMI_SECRETS:-}" ]; then
    pulumi stack select "$stack" --create --secrets-provider "$PULUMI_SECRETS"
fi
set --
for pack in policies/*/PulumiPolicy.yaml; do
    set -- "$@" --policy-pack "${pack%/*}"
done
# On the update itself, rules over the whole stack run when the resources exist: the preview is the gate.
pulumi preview --stack "$stack" --non-interactive --diff "$@"
if [ "$command" = preview ]; then
    exit 0
fi
exec pulumi up --stack "$stack" --yes --skip-preview --non-interactive "$@"
