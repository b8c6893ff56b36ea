# The catalogue of the Forge API, as C.
forge_catalogue := $(BUILD)/gen/forge/catalogue.c
gen_srcs += $(forge_catalogue)
$(forge_catalogue): src/forge/make_catalogue.py src/forge/operations.json src/forge/aliases.json
	@mkdir -p $(@D)
	@echo "  GEN  $@"
	$(Q)/usr/bin/python3 $^ >$@.new && mv $@.new $@
