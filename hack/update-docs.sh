#!/usr/bin/env bash
# Makes docs/api.md from the OpenAPI definitions of the served types.
set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
made=$(mktemp)
trap 'rm -f "${made}"' EXIT
go run ./hack/docs >"${made}"
cat "${made}" >docs/api.md
