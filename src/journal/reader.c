#include "journal/backend.h"

struct journal_reader *
journal_reader_open(const char *url, char **ret_error)
{
	const char *location = NULL;
	const struct backend_ops *ops = backend_find(url, &location, ret_error);
	return ops ? ops->reader_open(location, ret_error) : NULL;
}

void
journal_reader_close(struct journal_reader *r)
{
	if (r)
		r->ops->reader_close(r);
}

int
journal_list_deliveries(struct journal_reader *r, unsigned max,
			journal_delivery_fn *on_row, void *arg)
{
	return r->ops->list_deliveries(r, max, on_row, arg);
}

int
journal_load_delivery(struct journal_reader *r, const char *id,
		      struct delivery **ret_delivery)
{
	return r->ops->load_delivery(r, id, ret_delivery);
}

int
journal_list_jobs(struct journal_reader *r, bool unfinished, unsigned max,
		  journal_job_fn *on_job, void *arg)
{
	return r->ops->list_jobs(r, unfinished, max, on_job, arg);
}

int
journal_load_job(struct journal_reader *r, const char *id, struct job **ret_job)
{
	return r->ops->load_job(r, id, ret_job);
}

int
journal_load_rule(struct journal_reader *r, const char *version, char **ret_text)
{
	return r->ops->load_rule(r, version, ret_text);
}

int
journal_load_marker(struct journal_reader *r, uint64_t *ret_sequence)
{
	return r->ops->load_marker(r, ret_sequence);
}

int
journal_count(struct journal_reader *r, const char *table, const char *state,
	      uint64_t *ret_n)
{
	return r->ops->count(r, table, state, ret_n);
}
