#include "model/notice.h"

#include "base/mem.h"
#include "base/str.h"

struct notice *
notice_new(void)
{
	return x_new(struct notice);
}

void
notice_done(struct notice *n)
{
	str_free(n->topic);
	str_free(n->type);
	str_free(n->payload);
	*n = (struct notice){0};
}

void
notice_free(struct notice *n)
{
	if (!n)
		return;
	notice_done(n);
	mem_free(n);
}
