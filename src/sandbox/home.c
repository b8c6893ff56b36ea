/* The page at "/": what there is, and what was asked last. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/inner.h"
#include "sandbox/keeper.h"
#include "sandbox/kind.h"
#include "sandbox/world_deploy.h"

#define SHOWN_SITES 100 /* the rest is counted */

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"refresh\" content=\"2\">\n<title>Forge sandbox</title>\n"
	"<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;"
	"margin-bottom:2em}td,th{border:1px solid #ccc;padding:.2em .6em;"
	"text-align:left}</style></head>\n<body>\n<h1>Forge sandbox</h1>\n";

static void
put_text(struct buf *out, const char *text)
{
	static const struct {
		char c;
		const char *entity;
	} rows[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}};
	for (const char *p = text ? text : ""; *p; p++) {
		const char *entity = NULL;
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			if (rows[i].c == *p)
				entity = rows[i].entity;
		}
		if (entity)
			buf_puts(out, entity);
		else
			buf_putc(out, *p);
	}
}

static void
put_cell(struct buf *out, const char *text)
{
	buf_puts(out, "<td>");
	put_text(out, text);
	buf_puts(out, "</td>");
}

static void
put_site(struct buf *out, struct world *w, struct world_site *site)
{
	world_deploy_advance(w, site);
	const struct world_deployment *d = world_deploy_latest(site);
	const struct sequence_step *step = thing_step(w, site->node);
	buf_puts(out, "<tr>");
	put_cell(out, site->server->org->slug);
	put_cell(out, site->server->name);
	put_cell(out, site->name);
	put_cell(out, step ? step->value : "installed");
	put_cell(out, site->repository);
	put_cell(out, site->repository ? site->branch : NULL);
	put_cell(out, d ? world_deploy_status_name(d->status) : "never deployed");
	buf_printf(out, "<td>%zu</td></tr>\n", fifo_count(&site->deployments));
}

static void
put_sites(struct buf *out, struct world *w)
{
	size_t n = fifo_count(&w->sites);
	buf_printf(out,
		   "<h2>%zu servers, %zu sites</h2>\n<table>\n<tr><th>organization<th>"
		   "server<th>site<th>status<th>repository<th>branch<th>last deployment"
		   "<th>deployments</tr>\n",
		   fifo_count(&w->servers), n);
	for (size_t i = 0; i < n && i < SHOWN_SITES; i++)
		put_site(out, w, fifo_at(&w->sites, i));
	if (n > SHOWN_SITES)
		buf_printf(out, "<tr><td colspan=8>and %zu more</tr>\n", n - SHOWN_SITES);
	buf_puts(out, "</table>\n");
}

/* Adds up what hangs below, by kind. */
static void
count_things(const struct thing *t, size_t *counts)
{
	for (size_t i = 0; i < t->n_lists; i++) {
		const struct fifo *things = &t->lists[i].things;
		counts[kind_index(t->lists[i].kind)] += fifo_count(things);
		for (size_t k = 0; k < fifo_count(things); k++)
			count_things(fifo_at(things, k), counts);
	}
}

static void
put_things(struct buf *out, const struct world *w)
{
	size_t *counts = x_new_array(size_t, n_kinds);
	if (!counts)
		return;
	count_things(w->root, counts);
	buf_puts(out, "<h2>Holds</h2>\n<table>\n");
	for (size_t i = 0; i < n_kinds; i++) {
		if (counts[i] > 0)
			buf_printf(out, "<tr><td>%s</td><td>%zu</td></tr>\n",
				   kinds[i]->name, counts[i]);
	}
	buf_puts(out, "</table>\n");
	mem_free(counts);
}

static void
put_requests(struct buf *out, const struct sandbox *box)
{
	char time[CLOCK_TEXT_SIZE];
	buf_printf(out,
		   "<h2>Last of %llu requests</h2>\n<table>\n<tr><th>time<th>request<th>"
		   "answer</tr>\n",
		   (unsigned long long)box->n_last);
	for (uint64_t i = box->n_last; i > 0 && box->n_last - i < LIMIT_SANDBOX_LAST;
	     i--) {
		const struct sandbox_last *one = &box->last[(i - 1) % LIMIT_SANDBOX_LAST];
		buf_puts(out, "<tr>");
		put_cell(out, clock_format(one->at_us, time));
		put_cell(out, one->text);
		if (one->status > 0)
			buf_printf(out, "<td>%d</td></tr>\n", one->status);
		else
			buf_puts(out, "<td>closed</td></tr>\n");
	}
	buf_puts(out, "</table>\n");
}

void
sandbox_write_home(struct sandbox *box, struct buf *out)
{
	buf_puts(out, head);
	if (box->keeper && keeper_error(box->keeper) < 0) {
		buf_puts(out, "<p><strong>The state could not be saved: ");
		put_text(out, strerror(-keeper_error(box->keeper)));
		buf_puts(out, "</strong></p>\n");
	}
	put_sites(out, box->world);
	put_requests(out, box);
	put_things(out, box->world);
	buf_puts(out, "</body></html>\n");
}
