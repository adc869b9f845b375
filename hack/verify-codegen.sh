#!/usr/bin/env bash
# Fails when a generated file is not what hack/update-codegen.sh makes of the present types. Changes nothing: it works
# on a copy.
set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

copy=$(mktemp -d)
trap 'rm -rf "${copy}"' EXIT
cp go.mod go.sum "${copy}/"
mkdir "${copy}/pkg"
cp -r hack "${copy}/"
cp -r pkg/apis pkg/generated "${copy}/pkg/"

CODEGEN_BIN="$PWD/bin/codegen" "${copy}/hack/update-codegen.sh"
if ! diff -Nru pkg/apis "${copy}/pkg/apis" || ! diff -Nru pkg/generated "${copy}/pkg/generated"; then
  echo "generated files are out of date: run hack/update-codegen.sh" >&2
  exit 1
fi
