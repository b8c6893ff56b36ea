#include "provider/provider.h"

#include <string.h>

#include "base/limits.h"

const char *
provider_verdict_name(enum provider_verdict v)
{
	static const char *const names[] = {
		[VERDICT_GENUINE] = "genuine",
		[VERDICT_NO_SIGNATURE] = "no signature",
		[VERDICT_MALFORMED] = "malformed signature",
		[VERDICT_MISMATCH] = "wrong secret or changed body",
		[VERDICT_STALE] = "outside the time window",
		[VERDICT_AMBIGUOUS] = "more than one signature header",
		[VERDICT_ERROR] = "could not be checked",
	};
	return names[v];
}

enum provider_verdict
provider_verify(const struct provider_source *src, const struct provider_request *rq)
{
	const struct provider *p = provider_source_provider(src);
	enum provider_verdict early = VERDICT_ERROR;
	void *state = p->begin(src, rq, &early);
	if (!state)
		return early;
	p->feed(state, rq->body.data, rq->body.len);
	return p->end(state, rq);
}

void
provider_answer_init(struct provider_answer *a)
{
	*a = (struct provider_answer){.status = 0};
	buf_init(&a->body, LIMIT_ANSWER_BYTES);
	buf_init(&a->headers, LIMIT_SIGNED_BYTES);
}

void
provider_answer_done(struct provider_answer *a)
{
	buf_done(&a->body);
	buf_done(&a->headers);
	str_free(a->error);
	a->error = NULL;
}

bool
provider_method_in(const char *list, const char *method)
{
	size_t len = strlen(method);
	for (const char *p = list; p && *p; p += strspn(p, ", ")) {
		size_t n = strcspn(p, ", ");
		if (n == len && strncmp(p, method, n) == 0)
			return true;
		p += n;
	}
	return false;
}
