#!/usr/bin/env bash
# Checks all that can be checked without running the products: `make verify` calls it. With arguments, only the checks of
# these names. Every check runs, whatever the others found.
set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

modules=(. hack/devcluster test/clients) # the modules with code of ours

formatted() {
  local files
  files=$(git ls-files --cached --others --exclude-standard '*.go' | xargs gofmt -s -l)
  [[ -z ${files} ]] || { echo "not formatted, run gofmt -s -w on:"; echo "${files}"; return 1; }
}

vetted() { local m; for m in "${modules[@]}"; do (cd "${m}" && go vet ./...) || return 1; done; }

imports() { go run ./hack/verify/imports; }

links() { go run ./hack/verify/links; }

licenses() { hack/verify/licenses.sh; }

scripts() {
  local script
  for script in $(git ls-files --cached --others --exclude-standard '*.sh' .ci/run); do
    [[ ! -e ${script} ]] || bash -n "${script}" || return 1
  done
}

generated() {
  hack/verify-codegen.sh
  hack/update-docs.sh --check
}

modules_are_tidy() {
  local m
  for m in "${modules[@]}" hack/tools hack/helm; do
    (cd "${m}" && go mod tidy -diff >/dev/null 2>&1) || { echo "run go mod tidy in ${m}"; return 1; }
  done
}

linted() {
  local version linter m failed=0 config=${PWD}/.golangci.yml
  version=$(go -C hack/lint list -m -f '{{.Version}}' github.com/golangci/golangci-lint/v2)
  linter=${PWD}/bin/golangci-lint-${version}
  if [[ ! -x ${linter} ]]; then
    echo "building golangci-lint ${version}, once: this takes some minutes"
    go -C hack/lint build -ldflags '-s -w' -o "${linter}" github.com/golangci/golangci-lint/v2/cmd/golangci-lint
  fi
  for m in "${modules[@]}"; do (cd "${m}" && "${linter}" run --allow-serial-runners --config "${config}" ./...) || failed=1; done
  return "${failed}"
}

all=(formatted vetted imports links licenses scripts modules_are_tidy generated linted)
checks=("$@")
[[ $# -gt 0 ]] || checks=("${all[@]}")

failed=()
log=$(mktemp)
trap 'rm -f "${log}"' EXIT
for check in "${checks[@]}"; do
  if ! declare -F "${check}" >/dev/null; then
    echo "no check is named ${check}: there are ${all[*]}" >&2
    exit 2
  fi
  begin=${SECONDS}
  # A subshell of its own keeps errexit alive, which a condition would switch off.
  set +o errexit
  (set -o errexit; "${check}") >"${log}" 2>&1
  code=$?
  set -o errexit
  if [[ ${code} -eq 0 ]]; then
    printf '  ok      %-18s %3d s\n' "${check//_/ }" $((SECONDS - begin))
  else
    printf '  FAILED  %-18s %3d s\n' "${check//_/ }" $((SECONDS - begin))
    sed 's/^/          /' "${log}"
    failed+=("${check}")
  fi
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "run one check alone: hack/verify.sh ${failed[0]}"
  exit 1
fi
