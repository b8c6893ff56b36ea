#include "sandbox/phase.h"

void
phase_begin(struct world *w, struct thing *node, const char *name,
	    const struct sequence *sequence)
{
	struct thing *t = thing_find_value(w, node, &kind_phase, "name", name);
	if (!t)
		t = thing_new(w, &kind_phase, node, 0);
	if (!t)
		return; /* the site looks as if it were through already */
	thing_set_text(t, "name", name);
	thing_begin(w, t, sequence);
}

const char *
phase_value(struct world *w, struct thing *node, const char *name)
{
	const struct thing *t = thing_find_value(w, node, &kind_phase, "name", name);
	const struct sequence_step *step = t ? thing_step(w, t) : NULL;
	return step ? step->value : NULL;
}
