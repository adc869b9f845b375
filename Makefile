# Everything that a developer does here; `make` alone lists it. Nothing but Go and make is needed.
.DEFAULT_GOAL := help
.PHONY: help tools build up down status demo test man verify bench parity clean FORCE
MAKEFLAGS += --no-print-directory
.SUFFIXES:

ROOT := $(CURDIR)
DEVCLUSTER := bin/devcluster --root=$(ROOT)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

tools: bin/devcluster ## Build etcd, kube-apiserver, kube-controller-manager and kubectl (once, about ten minutes)
	@$(DEVCLUSTER) tools

build: bin/apiserver bin/kubectl-workspace ## Build the API server and the kubectl plugin into bin/

man: ## Make the man pages of the plugin in dist/man/man1
	@KUBECTL_PATH=kubectl go run ./cmd/kubectl-workspace docs man dist/man/man1

up: tools build ## Start the development cluster; it stays up
	@$(DEVCLUSTER) up

down: bin/devcluster ## Stop the development cluster
	@$(DEVCLUSTER) down

status: bin/devcluster ## Tell how the development cluster is
	@$(DEVCLUSTER) status

demo: up ## Show the whole thing: from kubectl apply to bytes in a bucket
	@hack/demo.sh

test: tools ## Vet and test all, with a real control plane
	@echo "vet"
	@go vet ./...
	@cd hack/devcluster && go vet ./...
	@cd test/clients && go vet ./...
	@echo "test: each package is told as it is done; those with a control plane take a minute or more, one at a time"
	@go test -timeout 20m $$(go list ./... | grep -v /test/)
	@go test -timeout 20m -p 1 ./test/...
	@echo "test: the clients that people use, each as its users run it; what is missing of them is built or installed first"
	@cd test/clients && go test -timeout 20m ./...
	@cd hack/devcluster && go test -timeout 5m ./...
	@echo "All tests pass. Next: make demo"

verify: ## Check generated files, formatting and import rules
	@hack/verify.sh

bench: tools ## Measure against plain custom resources
	@go run ./test/bench $(BENCHFLAGS)

parity: tools ## Compare with a plain custom resource, request by request
	@go run ./test/parity -document docs/parity.md $(PARITYFLAGS)

clean: down ## Stop the cluster; remove its data and all that was built
	@rm -rf .dev bin dist

# Go knows best what is out of date, and is quick to find that nothing is.
bin/devcluster: FORCE
	@$(call told,$@) && cd hack/devcluster && go build -o $(ROOT)/$@ .

bin/apiserver: FORCE
	@$(call told,$@) && go build -o $@ ./cmd/apiserver

# Without libraries of the system it starts sooner, and runs on any.
bin/kubectl-workspace: FORCE
	@$(call told,$@) && CGO_ENABLED=0 go build -o $@ ./cmd/kubectl-workspace

# The first time takes long enough to be told.
told = { test -e $1 || echo "Building $1; the first time takes some minutes."; }
