/* A sender for the tests of providers: builds sources and requests. */
#ifndef TESTS_PROVIDER_SENDER_H
#define TESTS_PROVIDER_SENDER_H

#include "provider/provider.h"

#define SENDER_NOW_US 1700000000000000

/*
 * A source of that kind with the options "name=value", separated by ';', and secrets
 * separated by ',' (NULL: none). NULL when it is refused; then the mistakes are in diags.
 */
struct provider_source *sender_source(const char *kind, const char *secrets,
				      const char *options, struct diag_list *diags);
/* A request with header lines "Name: value\n" in its own storage. */
struct sender {
	const char *headers; /* borrowed */
	const char *query;   /* may be NULL */
	const char *body;
	size_t body_len; /* 0: strlen(body) */
	int64_t now_us;	 /* 0: SENDER_NOW_US */
};
/* What a provider sees of it; borrows. */
struct provider_request sender_request(const struct sender *sender);
enum provider_verdict sender_verify(const struct provider_source *src,
				    const struct sender *sender);
/* Reads into a new delivery (delivery_free); answer is initialised here. */
enum provider_action sender_read(const struct provider_source *src,
				 const struct sender *sender, struct delivery **ret_d,
				 struct provider_answer *answer);
/* Signs and verifies again with the lines added to headers. */
enum provider_verdict sender_sign_and_verify(const struct provider_source *src,
					     const char *body);

#endif
