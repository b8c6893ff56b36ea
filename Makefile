# make [V=release|clang|asan|tsan|cov|fuzz|analyzer]: every variant builds under build/$(V);
# the release binary is build/forgebridge. `make help` lists the targets.
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
# Q= shows the commands
Q       := @

V       ?= release
BUILD   := build/$(V)
CC      ?= cc
ifeq ($(origin CC),default)
CC      := gcc
endif
ifneq (,$(filter clang fuzz,$(V)))
override CC := clang
endif
VERSION := 0.1.0
JOBS    ?= $(shell nproc)
PREFIX  ?= /usr/local
DESTDIR ?=
PKGS    := libevent_core libevent_extra libevent_openssl libevent_pthreads libcurl libjwt \
	libmosquitto libfyaml jansson sqlite3 libzstd openssl libsystemd zlib
LLHTTP  ?= /usr/share/llhttp
LLHTTP_INCLUDE ?= /usr/share/include/llhttp

std     := -std=gnu17 -D_GNU_SOURCE -DFORGEBRIDGE_VERSION='"$(VERSION)"'
warn    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual \
	-Wundef -Wswitch-enum -Wnull-dereference -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wvla -Wformat=2 -Werror
ifneq (,$(findstring gcc,$(CC)))
warn    += -Wjump-misses-init
endif
harden  := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE \
	-fno-strict-aliasing
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all
opt_release := -O2 -g -D_FORTIFY_SOURCE=2
opt_clang   := -O2 -g -D_FORTIFY_SOURCE=2
opt_asan    := -O1 -g $(sanitize) -fno-omit-frame-pointer
opt_tsan    := -O1 -g -fsanitize=thread
opt_cov     := -O0 -g --coverage
# (gcc 12 takes structs returned by value for uninitialised)
opt_analyzer := -O1 -g -fanalyzer -Wno-analyzer-use-of-uninitialized-value
opt_fuzz    := -O1 -g $(sanitize) -fsanitize=fuzzer-no-link -fno-omit-frame-pointer
ifeq (,$(opt_$(V)))
$(error V=$(V) is none of release, clang, asan, tsan, cov, fuzz, analyzer)
endif
include_dirs := -iquote include -iquote $(BUILD)/gen -isystem $(LLHTTP_INCLUDE)
# The libraries' headers are not ours to warn about. (Default paths need no -isystem.)
pkg_cflags  := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
CFLAGS_ALL  := $(std) $(warn) $(harden) $(opt_$(V)) $(include_dirs) $(pkg_cflags) $(CPPFLAGS) $(CFLAGS)
# llhttp's generated C is the distribution's; our warnings are not for it. Its loose mode
# takes blanks in header names and chunks that do not end with CRLF.
llhttp_flags := -std=gnu17 -DLLHTTP_STRICT_MODE=1 $(harden) $(opt_$(V)) \
	-isystem $(LLHTTP_INCLUDE) -w
LDFLAGS_ALL := $(filter -fsanitize=address% -fsanitize=thread --coverage,$(opt_$(V))) \
	-pie -pthread -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS        := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
flags_text  := '$(subst ','\'',$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(llhttp_flags))'

src   := $(sort $(wildcard src/*/*.c))
objs  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/app/main.c,$(src)))
llhttp_objs := $(patsubst %,$(BUILD)/llhttp/%.o,api http llhttp)
# C sources and headers made at build time, under $(BUILD)/gen; src/<folder>/*.gen.mk adds
# to the lists and says how.
gen_srcs :=
gen_hdrs :=
-include $(sort $(wildcard src/*/*.gen.mk))
gen_objs := $(patsubst $(BUILD)/gen/%.c,$(BUILD)/gen/%.o,$(gen_srcs))
lib   := $(BUILD)/libforgebridge.a
# tests/unit/<folder>/test_*.c is a program each; other files there are shared helpers.
unit_srcs    := $(sort $(wildcard tests/unit/*/test_*.c))
helper_srcs  := $(filter-out $(unit_srcs),$(sort $(wildcard tests/unit/*/*.c)))
helper_objs  := $(patsubst %.c,$(BUILD)/%.o,$(helper_srcs))
units        := $(patsubst %.c,$(BUILD)/%,$(unit_srcs))
tools        := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/tools/*.c)))
fuzzers      := $(patsubst %.c,build/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
benches      := $(patsubst %.c,build/release/%,$(sort $(wildcard tests/bench/*.c)))
# T=match takes only the units of that folder.
chosen_units := $(if $(T),$(filter $(BUILD)/tests/unit/$(T)/%,$(units)),$(units))
sub_make     := $(MAKE) --no-print-directory
# As many jobs as cores, unless the user's -j says otherwise.
parallel      = $(sub_make) $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
# Two `make demo` or `make test` at once take turns at installing and building.
alone         = mkdir -p build && exec flock -F build/.lock

.PRECIOUS: $(BUILD)/%.o
.DELETE_ON_ERROR:
.PHONY: all programs units-built fuzzers-built benches-built demo test deep bench unit \
	e2e fuzz lint fmt docs install clean help flags FORCE

all: build/forgebridge ## build the release binary, build/forgebridge
ifeq ($(V),release)
build/forgebridge: build/release/forgebridge
else
build/forgebridge: FORCE
	+@$(sub_make) V=release build/release/forgebridge
endif
	@ln -sfn release/forgebridge $@

# --- compiling and linking --------------------------------------------------------------
$(BUILD)/forgebridge: $(BUILD)/src/app/main.o $(lib)
	@echo "  LD   $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(lib): $(objs) $(gen_objs) $(llhttp_objs) $(BUILD)/.members
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)
$(BUILD)/libtesting.a: $(helper_objs) $(BUILD)/.members
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libtesting.a $(lib)
	@echo "  LD   $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(LIBS)
$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(lib)
	@echo "  LD   $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
build/fuzz/tests/fuzz/%: build/fuzz/tests/fuzz/%.o build/fuzz/libforgebridge.a
	@echo "  LD   $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LIBS)
build/release/tests/bench/%: build/release/tests/bench/%.o build/release/libforgebridge.a
	@echo "  LD   $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
# Whether a header is a generated one is known from the .d file only after the first
# compilation, so all of them are made before any.
$(BUILD)/%.o: %.c $(BUILD)/.flags | $(gen_hdrs)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/.flags | $(gen_hdrs)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(BUILD)/llhttp/%.o: $(LLHTTP)/%.c $(BUILD)/.flags
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(llhttp_flags) -c -o $@ $<
# Rebuild when the flags or the list of files change.
$(BUILD)/.flags: FORCE
	@[ -n '$(LIBS)' ] || { echo 'libraries are missing: run deploy/install-packages' >&2; exit 1; }
	@mkdir -p $(@D)
	@cmp -s - $@ <<<$(flags_text) || cat >$@ <<<$(flags_text)
$(BUILD)/.members: FORCE
	@mkdir -p $(@D)
	@cmp -s - $@ <<<'$(objs) $(gen_objs) $(helper_objs)' || \
		cat >$@ <<<'$(objs) $(gen_objs) $(helper_objs)'
FORCE:

programs: $(BUILD)/forgebridge $(tools) $(if $(filter analyzer,$(V)),,libforge)
units-built: $(chosen_units)
fuzzers-built: $(fuzzers)
benches-built: $(benches)

# --- for users --------------------------------------------------------------------------
demo: ## install what is needed, build, and watch a push become a deployment
	@$(alone) deploy/install-packages demo
	+@$(alone) $(parallel) V=release build/forgebridge
	@deploy/demo/run build/forgebridge
install: build/forgebridge ## install to PREFIX (default /usr/local), below DESTDIR
	@$(sub_make) V=release install-libforge
	install -D -m 755 build/release/forgebridge $(DESTDIR)$(PREFIX)/bin/forgebridge
	install -D -m 644 deploy/forgebridge.example.yaml \
		$(DESTDIR)$(PREFIX)/share/doc/forgebridge/forgebridge.example.yaml
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/forgebridge README.md docs/*.md \
		docs/asyncapi.yaml
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/forgebridge/schemas \
		docs/schemas/*.json
	install -D -m 755 deploy/git-hooks/post-receive \
		$(DESTDIR)$(PREFIX)/share/forgebridge/git-hooks/post-receive
	build/release/forgebridge completion bash | install -D -m 644 /dev/stdin \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/forgebridge
	build/release/forgebridge completion zsh | install -D -m 644 /dev/stdin \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_forgebridge
	build/release/forgebridge completion fish | install -D -m 644 /dev/stdin \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/forgebridge.fish
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/bin/forgebridge|$(PREFIX)/bin/forgebridge|' \
		deploy/systemd/forgebridge.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/forgebridge.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/forgebridge.service

# --- for developers ---------------------------------------------------------------------
# Everything a commit must pass. Ends with one line "N passed, N failed".
test: ## install what is needed and run all tests, under ASan and UBSan
	@$(alone) deploy/install-packages test
	+@$(alone) $(parallel) V=asan programs units-built
	+@$(alone) $(parallel) V=fuzz fuzzers-built
	@tests/run --variant asan unit lint e2e fuzz
deep: ## what takes long: every test, TSan, clang, gcc -fanalyzer, long fuzzing, sieges
	@deploy/install-packages test
	+@$(parallel) V=asan programs units-built
	+@$(parallel) V=tsan units-built
	+@$(parallel) V=clang programs units-built
	+@$(parallel) V=analyzer programs
	+@$(parallel) V=fuzz fuzzers-built
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-300} FORGEBRIDGE_DEEP=1 \
		tests/run --variant asan --also tsan,clang unit lint e2e fuzz
	@$(parallel) V=release programs
	@FORGEBRIDGE_DEEP=1 tests/run --variant release --jobs 1 --only test_siege e2e
unit: units-built ## run the unit tests of variant V (T=folder: only those)
	@tests/run --variant $(V) unit $(if $(T),--only $(T)/)
e2e: programs ## run the end-to-end scenarios with variant V (T=word: only those)
	@tests/run --variant $(V) e2e $(if $(T),--only $(T))
fuzz: ## fuzz each parser for FUZZ_SECONDS (5)
	+@$(parallel) V=fuzz fuzzers-built
	@tests/run fuzz $(if $(T),--only $(T))
lint: ## layers, sizes, banned calls, format, static analysis, documents in step
	+@$(parallel) V=$(V) programs
	@tests/run --variant $(V) lint $(if $(T),--only $(T))
bench: ## measure CPU time a request beside nginx and others: docs/PERFORMANCE.md
	@deploy/install-packages bench
	+@$(parallel) V=release build/forgebridge benches-built
	@tests/bench/run
	@tests/bench/run-forge
fmt: ## format all C sources
	clang-format -i $(src) $(wildcard include/*/*.h) $(wildcard tests/*/*.[ch] tests/*/*/*.[ch])
docs: ## write the generated parts of docs/ from the program's tables
	+@$(parallel) V=$(V) programs
	@FORGEBRIDGE=$(BUILD)/forgebridge tests/lint/docs --write
flags: $(gen_hdrs) # what the compiler gets, for the checks in tests/lint
	@echo '$(subst ','\'',$(CFLAGS_ALL))'
clean: ## remove build/
	rm -rf build
help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' \
		$(firstword $(MAKEFILE_LIST)) src/*/*.gen.mk

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
