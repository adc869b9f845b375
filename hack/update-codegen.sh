#!/usr/bin/env bash
# Regenerates everything that is generated from the Go types: deep copies, conversions, defaults, OpenAPI, apply
# configurations, clientset, listers and informers. Needs Go alone, and no network once its modules are downloaded.
set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

module=github.com/eoepca/workspaces
api=${module}/pkg/apis/eoepca
served=${api}/v1alpha1
generated=${module}/pkg/generated
header=hack/boilerplate.go.txt
bin=${CODEGEN_BIN:-$PWD/bin/codegen}

# Their definitions are part of the server's OpenAPI, but their own files are not ours to write.
libraries=(
  k8s.io/apimachinery/pkg/api/resource
  k8s.io/apimachinery/pkg/apis/meta/v1
  k8s.io/apimachinery/pkg/runtime
  k8s.io/apimachinery/pkg/util/intstr
  k8s.io/apimachinery/pkg/version
)

mkdir -p "${bin}"
go -C hack/tools build -o "${bin}/" tool

# packages_with TAG lists the packages below pkg/apis that carry it.
packages_with() {
  grep -rl --include=doc.go "^// +$1" pkg/apis | xargs -n1 dirname | sort -u | sed "s|^|${module}/|"
}

find pkg/apis -name 'zz_generated.*.go' ! -name '*.model_name.go' -delete
mapfile -t deepcopied < <(packages_with k8s:deepcopy-gen=package)
"${bin}/deepcopy-gen" --go-header-file "${header}" --output-file zz_generated.deepcopy.go "${deepcopied[@]}"
"${bin}/defaulter-gen" --go-header-file "${header}" --output-file zz_generated.defaults.go "${served}"
"${bin}/conversion-gen" --go-header-file "${header}" --output-file zz_generated.conversion.go "${served}"

rm -rf pkg/generated
mkdir -p pkg/generated
"${bin}/openapi-gen" --go-header-file "${header}" \
  --output-dir pkg/generated/openapi --output-pkg "${generated}/openapi" --output-file zz_generated.openapi.go \
  --output-model-name-file zz_generated.model_name.go "${libraries[@]/#/--readonly-pkg=}" \
  --report-filename /dev/null \
  "${libraries[@]}" "${served}"

schema=$(mktemp)
trap 'rm -f "${schema}"' EXIT
go run ./hack/models-schema > "${schema}"
"${bin}/applyconfiguration-gen" --go-header-file "${header}" \
  --output-dir pkg/generated/applyconfiguration --output-pkg "${generated}/applyconfiguration" \
  --openapi-schema "${schema}" "${served}"
# The generator knows the models by their Go names only; everything else calls them what the server does.
grep -rlF com.github.eoepca.workspaces pkg/generated/applyconfiguration |
  xargs sed -i 's|com\.github\.eoepca\.workspaces\.pkg\.apis\.eoepca\.v1alpha1\.|org.eoepca.v1alpha1.|g'
"${bin}/client-gen" --go-header-file "${header}" \
  --output-dir pkg/generated/clientset --output-pkg "${generated}/clientset" --clientset-name versioned \
  --apply-configuration-package "${generated}/applyconfiguration" --input-base "${module}/pkg/apis" --input eoepca/v1alpha1
"${bin}/lister-gen" --go-header-file "${header}" \
  --output-dir pkg/generated/listers --output-pkg "${generated}/listers" "${served}"
"${bin}/informer-gen" --go-header-file "${header}" \
  --output-dir pkg/generated/informers --output-pkg "${generated}/informers" \
  --versioned-clientset-package "${generated}/clientset/versioned" --listers-package "${generated}/listers" "${served}"
