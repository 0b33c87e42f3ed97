# sandbox: everything a developer does with this tree. `make help` lists it.

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(DESTDIR)$(PREFIX)/bin
SHAREDIR = $(DESTDIR)$(PREFIX)/share
RELEASE = .build/release/sandbox
PAGES = $(notdir $(wildcard docs/man/*.1))

.DEFAULT_GOAL := help
.PHONY: help demo build test test-vm test-workloads bench bench-filters bench-overlay lint format install uninstall clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r t d; do \
	    printf '  make %-14s %s\n' "$$t" "$$d"; done

demo: ## install what is missing, build, and show a command in its sandbox
	@.ci/install-packages build run
	@$(MAKE) --no-print-directory build
	@examples/demo.sh $(RELEASE)

build: ## the release: one static executable, .build/release/sandbox
	@.ci/install-packages build
	@swift=$$(.ci/find-swift) && "$$swift" build -c release --product sandbox </dev/null

test: ## install what tests need, build, run every test that this machine can run
	@.ci/test $(FILTER)

test-vm: ## the tests that need a machine of their own (real systemd, cgroup v2 and v1), in a guest; about 6 minutes
	@.ci/test-vm

test-workloads: ## compilers, package managers, debuggers and a browser under the profiles meant for them; prints a table
	@$(MAKE) --no-print-directory build
	@Tests/Workloads/run $(RELEASE)

bench: ## the release beside bwrap, crun and runc in one interleaved run; prints a table
	@.ci/install-packages build bench
	@$(MAKE) --no-print-directory build
	@Benchmarks/run $(RELEASE)

bench-filters: ## what seccomp filters cost a start; prints a table
	@.ci/install-packages build bench
	@swift=$$(.ci/find-swift) && "$$swift" build -c release --product filter-times </dev/null
	@Benchmarks/filters

bench-overlay: ## the overlay beside the kernel's and fuse-overlayfs; prints a table (takes minutes)
	@.ci/install-packages build bench
	@$(MAKE) --no-print-directory build
	@Benchmarks/overlay $(RELEASE)
	@echo
	@Benchmarks/commands $(RELEASE)

lint: ## formatting, imports, warnings as errors, shell scripts, man pages
	@.ci/lint

format: ## format the Swift sources in place
	@swift=$$(.ci/find-swift) && "$$swift" format --in-place --recursive Sources Tests Package.swift

# Only copies, so that `make build` as yourself and `sudo make install` go together.
install: ## install executable, links, profiles, completions and man pages under PREFIX (default /usr/local)
	@[ -x $(RELEASE) ] || { echo "make: $(RELEASE) is not built; run 'make build' first" >&2; exit 1; }
	install -D -m 0755 $(RELEASE) $(BINDIR)/sandbox
	ln -sf sandbox $(BINDIR)/sandbox-oci
	ln -sf sandbox $(BINDIR)/sandbox-overlay
	for profile in profiles/*; do [ ! -f "$$profile" ] || \
	    install -D -m 0644 "$$profile" "$(SHAREDIR)/sandbox/$$profile"; done
	for page in $(PAGES); do install -D -m 0644 docs/man/$$page $(SHAREDIR)/man/man1/$$page; done
	install -D -m 0644 LICENSE $(SHAREDIR)/doc/sandbox/LICENSE
	.ci/install-completions $(RELEASE) $(SHAREDIR)

uninstall: ## remove what install laid down
	rm -f $(BINDIR)/sandbox $(BINDIR)/sandbox-oci $(BINDIR)/sandbox-overlay
	rm -f $(addprefix $(SHAREDIR)/man/man1/,$(PAGES))
	rm -f $(SHAREDIR)/bash-completion/completions/sandbox $(SHAREDIR)/zsh/site-functions/_sandbox
	rm -f $(SHAREDIR)/fish/vendor_completions.d/sandbox.fish
	rm -rf $(SHAREDIR)/sandbox $(SHAREDIR)/doc/sandbox

clean: ## remove everything that was built
	rm -rf .build
