# make [V=release|asan|tsan|cov]: every variant builds under build/$(V); the release binary
# is build/forgebridge. `make help` lists the targets.
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
VERSION := 0.1.0
PKGS    := libevent_core libevent_extra libevent_openssl libevent_pthreads libcurl libjwt \
	libmosquitto libfyaml jansson sqlite3 libzstd openssl libsystemd
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
opt_release := -O2 -g -D_FORTIFY_SOURCE=2
opt_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
opt_tsan    := -O1 -g -fsanitize=thread
opt_cov     := -O0 -g --coverage
include_dirs := -iquote include -iquote $(BUILD)/gen -isystem $(LLHTTP_INCLUDE)
pkg_cflags  := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
CFLAGS_ALL  := $(std) $(warn) $(harden) $(opt_$(V)) $(include_dirs) $(pkg_cflags) $(CPPFLAGS) $(CFLAGS)
LDFLAGS_ALL := $(filter -fsanitize% --coverage,$(opt_$(V))) -pie -pthread -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS        := $(shell pkg-config --libs $(PKGS) 2>/dev/null)

src   := $(sort $(wildcard src/*/*.c))
objs  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/app/main.c,$(src)))
llhttp_objs := $(patsubst %,$(BUILD)/llhttp/%.o,api http llhttp)
# C sources made at build time; src/<folder>/*.gen.mk may add to it and say how.
gen_srcs :=
-include $(wildcard src/*/*.gen.mk)
gen_objs := $(patsubst $(BUILD)/gen/%.c,$(BUILD)/gen/%.o,$(gen_srcs))
lib   := $(BUILD)/libforgebridge.a
units := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/*/test_*.c)))

.SECONDARY:
.PHONY: all unit lint fmt clean help FORCE
all: build/forgebridge ## build the release binary, build/forgebridge
build/forgebridge: build/release/forgebridge
	@ln -sf release/forgebridge $@
ifneq ($(V),release)
build/release/forgebridge: FORCE
	@$(MAKE) --no-print-directory V=release $@
endif

$(BUILD)/forgebridge: $(BUILD)/src/app/main.o $(lib)
	@echo "  LD   $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(lib): $(objs) $(gen_objs) $(llhttp_objs)
	@rm -f $@
	@$(AR) rcs $@ $^
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(lib)
	@echo "  LD   $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(LIBS)
$(BUILD)/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/.flags
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
# llhttp's generated C is the distribution's; our warnings are not for it.
$(BUILD)/llhttp/%.o: $(LLHTTP)/%.c $(BUILD)/.flags
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) -std=gnu17 $(harden) $(opt_$(V)) -isystem $(LLHTTP_INCLUDE) -w -c -o $@ $<
# rebuild when the flags change
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS_ALL)' | cmp -s - $@ || echo '$(CC) $(CFLAGS_ALL)' >$@
FORCE:

# T=match runs only the units of that folder.
unit: $(if $(T),$(filter $(BUILD)/tests/unit/$(T)/%,$(units)),$(units)) ## run the unit tests of variant V (T=folder: only those)
	@set -e; for t in $^; do $$t; done

fmt: ## format all C sources
	clang-format -i $(src) $(wildcard include/*/*.h) $(wildcard tests/*/*.c tests/*/*/*.c)
clean: ## remove build/
	rm -rf build
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
