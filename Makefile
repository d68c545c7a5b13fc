# Headroom's commands. `make help` lists them. The first call sets everything up; see scripts/setup.mjs.
# Written for GNU make 3.81 (macOS) and newer.

STACK ?= dev
# The CONFIG of a shell's environment is somebody else's word: only `make preview CONFIG=...` counts.
ifneq ($(origin CONFIG),command line)
CONFIG :=
endif
# So is an OWNER, REASON or PORT that the environment happens to hold.
OPTIONS := OWNER TICKET REASON EXPIRES RULE SEVERITY DRY_RUN PORT SPEED SEED RUNS RATE MINUTES SECONDS_PER_STEP MOST
$(foreach name,$(OPTIONS),$(if $(filter command,$(origin $(name))),,$(eval $(name) :=)))
export STACK CONFIG VERBOSE SHORT $(OPTIONS)

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help setup packs preview up refresh destroy export baseline deploy-preview deploy local load chaos soak test test-apiserver kill bench lint format typecheck layering deadcode clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done
	@printf '\n  STACK=dev|dev-k8s|staging|prod   the stack (default dev)\n'
	@printf "  CONFIG='database.replicas=3 ...' settings on top of the stack file, for preview and up\n"
	@printf '  VERBOSE=1                        every resource and every finding\n'

setup: ## npm dependencies, the Pulumi CLI, the policy packs; the other commands do it by themselves
	@scripts/setup.sh

packs: ## build the policy packs, for the plain pulumi command
	@node scripts/build-packs.mjs

preview: ## plan the changes, judged by both policy packs
	@scripts/stack.sh preview

up: ## preview, and where that passes make the changes
	@scripts/stack.sh up

refresh: ## read everything back
	@scripts/stack.sh refresh

destroy: ## lift the deletion protection and delete everything
	@scripts/stack.sh destroy

export: ## print the state in Pulumi's export format
	@scripts/stack.sh export

baseline: ## accept the packs' findings for a time: OWNER= TICKET= REASON= EXPIRES=
	@scripts/baseline.sh

deploy-preview: ## on the real account of the environment: pulumi preview with both packs
	@scripts/deploy.sh preview

deploy: ## the same, and where it passes pulumi up with both packs
	@scripts/deploy.sh up

local: ## run the whole architecture of a stack on this machine; PORT= SPEED=
	@scripts/local.sh main

load: ## measure the service's routes at rising concurrency; SHORT=1 SECONDS_PER_STEP= MOST=
	@scripts/local.sh load

chaos: ## break every part in turn under load, and judge what became of it; SEED= RUNS= RATE=
	@scripts/local.sh chaos

soak: ## a constant load for MINUTES=10; memory, handles and pools must stay flat; SHORT=1 RATE=
	@scripts/local.sh soak

test: ## all checks and all tests; the last line counts them
	@scripts/test.sh

test-apiserver: ## dev-k8s on a real Kubernetes API server, built with Go (minutes the first time)
	@scripts/test-apiserver.sh

kill: ## kill every process of prod's update at ten random moments each (takes some minutes)
	@scripts/kill.sh

bench: ## measure a preview against its alternatives; SHORT=1 only checks that all of them run
	@scripts/bench.sh

lint: ## eslint
	@scripts/check.sh lint

format: ## prettier, which changes files
	@scripts/check.sh format

typecheck: ## tsc
	@scripts/check.sh typecheck

layering: ## which folder may import which
	@scripts/check.sh layering

deadcode: ## exports, files and dependencies that nothing uses
	@scripts/check.sh deadcode

clean: ## remove what was built; the stacks' state stays
	@rm -rf policies/*/dist .headroom/cache .headroom/packs.json coverage
