/*
 * Any bytes as a configuration. What is accepted must come back from each rule's text,
 * since that is how running jobs survive a changed file.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 itself loses a buffer on some malformed texts; the units see to ours.
 */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfyaml.so\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_diag diags = {0};
	struct conf *conf = NULL;
	if (conf_parse("fuzz", (const char *)data, size, &diags, &conf) != 0) {
		if (diags.errors == 0)
			abort(); /* refused without a reason */
		return 0;
	}
	for (size_t i = 0; i < conf->n_rules; i++) {
		struct rule *again = NULL;
		if (conf_parse_rule(conf->rules[i]->text, &again) != 0 ||
		    !str_eq(again->text, conf->rules[i]->text))
			abort();
		rule_free(again);
	}
	conf_unref(conf);
	return 0;
}
