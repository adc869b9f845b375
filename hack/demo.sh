#!/usr/bin/env bash
# The demo: a workspace from kubectl apply to bytes in its bucket, on the running development cluster. Each step shows the
# very command that a user would type, then what it really answers. It may be run again and again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

# Where kubectl is: as make tools has it.
kubernetes=("$root"/bin/k8s-*)
kubernetes=${KUBEBUILDER_ASSETS:-${kubernetes[0]}}
export PATH="$root/bin:$kubernetes:$PATH"
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
# What the caller has set must not decide for whom the commands speak.
unset KUBECONFIG EOEPCA_WORKSPACE "${!AWS_@}"

bold='' dim='' red='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
fi
steps=0

# as USER: the commands that follow are USER's.
as() {
  local file=.dev/$1.kubeconfig
  [[ $1 == operator ]] && file=.dev/kubeconfig
  [[ ${KUBECONFIG:-} == "$file" ]] && return
  # Another user has other keys.
  unset "${!AWS_@}"
  echo "${dim}\$ ${plain}export KUBECONFIG=$file    ${dim}# from here on: $1${plain}"
  export KUBECONFIG=$file
}

step() {
  steps=$((steps + 1))
  printf '\n%s%d. %s%s\n' "$bold" "$steps" "$1" "$plain"
}

fail() {
  if ((steps == 0)); then
    printf '%sThe demo did not begin: %s%s\n' "$red" "$1" "$plain" >&2
    exit 1
  fi
  printf '\n%sThe demo stopped at step %d: %s%s\n' "$red" "$steps" "$1" "$plain" >&2
  echo "The cluster is still up: make status tells its state, .dev/logs holds the logs; make demo begins again." >&2
  exit 1
}

show() { printf '%s$ %s%s\n' "$dim" "$plain" "$1"; }

# run COMMAND: show it, run it, stop when it fails.
run() {
  show "$1"
  eval "$1" || fail "this command failed with exit code $?: $1"
}

# refused TEXT COMMAND: show it, run it, and stop unless it is refused with TEXT.
refused() {
  local answer code=0
  show "$2"
  answer=$(eval "$2" 2>&1) || code=$?
  echo "$answer"
  [[ $code -ne 0 ]] || fail "this command was to be refused, but succeeded: $2"
  [[ $answer == *"$1"* ]] || fail "this command was to be refused with \"$1\": $2"
}

# eventually SECONDS COMMAND: repeat it until it succeeds, then show the last answer.
eventually() {
  local deadline=$((SECONDS + $1)) answer
  show "$2"
  until answer=$(eval "$2" 2>&1); do
    ((SECONDS < deadline)) || fail "this command did not succeed within $1 seconds: $2
$answer"
    sleep 0.2
  done
  echo "$answer"
}

# take_keys WORKSPACE: into the environment, where S3 clients look for them.
take_keys() {
  run "eval \"\$(kubectl workspace credentials export --workspace $1)\""
  [[ -n ${AWS_SECRET_ACCESS_KEY:-} ]] || fail "there are no keys for $1"
}

# open_page URL: a browser's first line, with what the machine has.
open_page() {
  if command -v curl >/dev/null; then echo "curl -fsS $1"; else echo "demo-s3 page $1"; fi
}

prepare() {
  [[ -x $kubernetes/kubectl && -f .dev/kubeconfig ]] || fail "there is no development cluster; start it with: make up"
  go build -o bin/demo-s3 ./hack/demo/s3 || fail "the demo's S3 client does not build"
  [[ -x bin/kubectl-workspace ]] || go build -o bin/kubectl-workspace ./cmd/kubectl-workspace || fail "the plugin does not build"
  kubectl --kubeconfig .dev/kubeconfig get workspaces >/dev/null || fail "the cluster does not answer; start it with: make up"
  echo "${dim}# The commands are in bin/:${plain}"
  show "export PATH=\$PWD/bin:${kubernetes/#"$root"/\$PWD}:\$PATH"
  if [[ -n $(kubectl --kubeconfig .dev/kubeconfig get workspaces ws-alice ws-eric --ignore-not-found -o name) ]]; then
    step "Remove what an earlier run has left"
    as operator
    run "kubectl delete workspace ws-alice ws-eric --ignore-not-found --timeout=90s"
  fi
}

main() {
  prepare

  step "The operator applies two workspaces; their owners may use them"
  as operator
  run "kubectl apply -f artifacts/examples/workspace.yaml"
  run "kubectl wait --for=condition=Ready workspace/ws-alice workspace/ws-eric --timeout=90s"
  run "kubectl workspace get -o wide"

  step "alice starts her session and opens its page"
  as alice
  run "kubectl workspace session start default --workspace ws-alice --timeout 90s"
  url=$(kubectl workspace session list --workspace ws-alice -o jsonpath='{.items[0].url}')
  run "$(open_page "$url")"
  run "kubectl get --raw /apis/eoepca.org/v1alpha1/namespaces/workspace/workspaces/ws-alice/proxy/default/    # the same, with nothing but kubectl"

  step "alice puts an object into her bucket and lists it: the keys are in the client's environment alone"
  run 'echo "hello from alice" | kubectl workspace credentials exec --workspace ws-alice -- demo-s3 put ws-alice/hello.txt'
  run "kubectl workspace credentials exec --workspace ws-alice -- demo-s3 ls ws-alice"

  step "eric takes the keys of his workspace: he may not see alice's workspace (403), nor her bucket"
  as eric
  refused Forbidden "kubectl workspace get ws-alice"
  take_keys ws-eric
  refused AccessDenied "demo-s3 get ws-alice/hello.txt"

  step "eric finds alice's bucket and asks for it; she sees who asks, and lets him read it"
  run "kubectl workspace access discover --workspace ws-eric"
  run "kubectl workspace access request ws-alice --reason 'say hello' --workspace ws-eric"
  as alice
  eventually 30 "kubectl workspace access list --incoming --workspace ws-alice | grep -B 1 ws-eric"
  run "kubectl workspace access grant ws-alice --to ws-eric --permission ReadOnly --workspace ws-alice"

  step "With the same keys eric now reads, and still cannot write"
  as eric
  take_keys ws-eric
  eventually 60 "demo-s3 get ws-alice/hello.txt"
  refused AccessDenied "echo overwritten | demo-s3 put ws-alice/hello.txt"

  step "alice denies him the bucket: he sees it, and his keys open nothing"
  as alice
  run "kubectl workspace access deny ws-alice --to ws-eric --workspace ws-alice"
  as eric
  eventually 30 "kubectl workspace access list --outgoing --workspace ws-eric | grep -B 1 Denied"
  take_keys ws-eric
  eventually 60 "! demo-s3 get ws-alice/hello.txt"
  refused AccessDenied "demo-s3 ls ws-alice"

  step "The operator deletes alice's workspace: its session, its keys and its bucket go with it"
  as operator
  run "kubectl workspace delete ws-alice --yes --timeout 90s"
  refused NotFound "kubectl workspace get ws-alice"
  run "kubectl workspace get"

  cat <<END

${bold}Done.${plain} The cluster stays up, with the workspace ws-eric in it. Try next:

  export PATH=$root/bin:$kubernetes:\$PATH KUBECONFIG=$root/.dev/kubeconfig
  kubectl explain workspaces.spec.storage --recursive
  kubectl workspace create ws-bob --owner bob --session default
  kubectl workspace session start default --workspace ws-bob
  kubectl get workspaces --watch

make down stops it.
END
}

main
