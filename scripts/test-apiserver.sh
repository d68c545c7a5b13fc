#!/bin/sh
# The manifests of dev-k8s on a real Kubernetes API server, which is built with Go the first time: tests/kubernetes/api-server.test.ts.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
HEADROOM_API_SERVER="$(node tests/kubernetes/api-server/build.mjs)"
export HEADROOM_API_SERVER
exec node node_modules/jest/bin/jest.js tests/kubernetes/api-server.test.ts "$@"
