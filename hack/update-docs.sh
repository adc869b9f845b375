#!/usr/bin/env bash
# Makes docs/api.md from the OpenAPI definitions of the served types, and docs/cli.md from the plugin's commands. With --check it
# changes nothing and fails when one of them is out of date.
set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
made=$(mktemp -d)
trap 'rm -rf "${made}"' EXIT
go run ./hack/docs >"${made}/api.md"
{ cat hack/docs/cli.md && echo && KUBECTL_PATH=kubectl go run ./cmd/kubectl-workspace docs markdown; } >"${made}/cli.md"
for page in api.md cli.md; do
  if [[ ${1:-} != --check ]]; then
    cat "${made}/${page}" >"docs/${page}"
  elif ! diff -u "docs/${page}" "${made}/${page}"; then
    echo "docs/${page} is out of date: run hack/update-docs.sh"
    exit 1
  fi
done
