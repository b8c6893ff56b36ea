# The versions of the libraries that this build was made with, for `forgebridge version`.
cli_libraries := $(BUILD)/gen/cli/libraries.h
gen_hdrs += $(cli_libraries)
$(cli_libraries): $(BUILD)/.flags
	@mkdir -p $(@D)
	@echo "  GEN  $@"
	$(Q)for p in $(PKGS); do echo "{\"$$p\", \"$$(pkg-config --modversion $$p)\"},"; done >$@.new
	$(Q)sed -n 's/^# *define LLHTTP_VERSION_\(MAJOR\|MINOR\|PATCH\) \([0-9]*\)/\2/p' \
		$(LLHTTP_INCLUDE)/llhttp.h | paste -sd. | sed 's/.*/{"llhttp", "&"},/' >>$@.new
	$(Q)mv $@.new $@
