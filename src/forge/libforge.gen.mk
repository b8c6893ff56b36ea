# The typed functions, and libforge itself as a library for other programs: build/V/libforge.so
# and .a hold the objects of forge and what they need of base, and export what the public
# headers declare, nothing else.
forge_calls := $(BUILD)/gen/forge/calls.c
gen_srcs += $(forge_calls)
gen_hdrs += $(BUILD)/gen/forge/forge.h
$(forge_calls) $(BUILD)/gen/forge/forge.h &: src/forge/make_calls.py src/forge/operations.json \
		src/forge/follow_table.c
	@mkdir -p $(@D)
	@echo "  GEN  $(forge_calls)"
	$(Q)/usr/bin/python3 $^ $(BUILD)/gen/forge

forge_abi     := 0
forge_so      := $(BUILD)/libforge.so.$(VERSION)
forge_a       := $(BUILD)/libforge.a
forge_pkgs    := libcurl libevent_core jansson libcrypto
forge_libs    := $(shell pkg-config --libs-only-l $(forge_pkgs) 2>/dev/null)
forge_public  := $(patsubst %,include/forge/%.h,calls client operation pages schema)
# (the shell's pattern: which areas there are is known once their headers are made)
forge_headers := $(forge_public) $(BUILD)/gen/forge/*.h
forge_pic     := $(patsubst %.c,$(BUILD)/pic/%.o,$(wildcard src/forge/*.c)) \
	$(BUILD)/pic/gen/forge/calls.o $(BUILD)/pic/gen/forge/catalogue.o
base_pic      := $(patsubst %.c,$(BUILD)/pic/%.o,$(wildcard src/base/*.c))

$(BUILD)/pic/%.o: %.c $(BUILD)/.flags | $(gen_hdrs)
	@mkdir -p $(@D)
	@echo "  CC   $< (PIC)"
	$(Q)$(CC) $(CFLAGS_ALL) -fPIC -MMD -MP -c -o $@ $<
$(BUILD)/pic/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/.flags | $(gen_hdrs)
	@mkdir -p $(@D)
	@echo "  CC   $< (PIC)"
	$(Q)$(CC) $(CFLAGS_ALL) -fPIC -MMD -MP -c -o $@ $<
$(BUILD)/pic/base.a: $(base_pic)
	@rm -f $@
	@$(AR) rcs $@ $^
# One object, in which everything that is not exported has become local.
$(BUILD)/pic/libforge.o: $(forge_pic) $(BUILD)/pic/base.a src/forge/make_exports.py \
		src/forge/libforge.gen.mk $(forge_public)
	@/usr/bin/python3 src/forge/make_exports.py $(forge_headers) >$(BUILD)/pic/exports
	$(Q)ld -r -o $@ $(forge_pic) $(BUILD)/pic/base.a
	$(Q)objcopy --keep-global-symbols=$(BUILD)/pic/exports $@
$(forge_a): $(BUILD)/pic/libforge.o
	@echo "  AR   $@"
	@rm -f $@
	@$(AR) rcs $@ $<
$(forge_so): $(BUILD)/pic/libforge.o
	@echo "  LD   $@"
	@/usr/bin/python3 src/forge/make_exports.py --map LIBFORGE_$(forge_abi) $(forge_headers) \
		>$(BUILD)/pic/libforge.map
	$(Q)$(CC) $(filter-out -pie,$(LDFLAGS_ALL)) -shared -Wl,-soname,libforge.so.$(forge_abi) \
		-Wl,--version-script=$(BUILD)/pic/libforge.map -o $@ $< \
		$(shell pkg-config --libs-only-L $(forge_pkgs)) $(forge_libs)

.PHONY: libforge install-libforge
libforge: $(forge_so) $(forge_a) ## build libforge, the library for C programs (docs/SDK.md)
install-libforge: libforge ## install libforge and its headers to PREFIX, below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/include/forge $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 -t $(DESTDIR)$(PREFIX)/include/forge $(forge_headers)
	install -m 644 -t $(DESTDIR)$(PREFIX)/lib $(forge_a)
	install -m 755 -t $(DESTDIR)$(PREFIX)/lib $(forge_so)
	ln -sfn libforge.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libforge.so.$(forge_abi)
	ln -sfn libforge.so.$(forge_abi) $(DESTDIR)$(PREFIX)/lib/libforge.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@LIBS@|$(strip $(forge_libs))|' src/forge/libforge.pc.in \
		>$(DESTDIR)$(PREFIX)/lib/pkgconfig/libforge.pc
	ln -sfn libforge.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/forge.pc
