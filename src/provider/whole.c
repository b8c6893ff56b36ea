#include "provider/whole.h"

#include "base/mem.h"

struct whole {
	const struct provider_source *source; /* borrowed */
};

void *
whole_begin(const struct provider_source *src, const struct provider_request *rq,
	    enum provider_verdict *ret_early)
{
	(void)rq;
	struct whole *w = x_new(struct whole);
	if (w)
		w->source = src;
	else
		*ret_early = VERDICT_ERROR;
	return w;
}

void
whole_feed(void *state, const void *data, size_t len)
{
	(void)state;
	(void)data;
	(void)len;
}

void
whole_abort(void *state)
{
	mem_free(state);
}

const struct provider_source *
whole_end(void *state)
{
	struct whole *w = state;
	const struct provider_source *src = w->source;
	mem_free(w);
	return src;
}
