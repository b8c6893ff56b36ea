/*
 * One attempt to connect, in a thread of its own, since libmosquitto blocks while it
 * resolves the name and connects. The loop learns of its end by a descriptor; an attempt
 * that is given up cleans up after itself whenever it ends.
 */
#ifndef MQTT_ATTEMPT_H
#define MQTT_ATTEMPT_H

#include <stdint.h>

#include "base/attr.h"

struct attempt;
struct mosquitto;

#define ATTEMPT_ERROR_SIZE 200

struct attempt_target {
	const char *host; /* copied */
	uint16_t port;
	uint16_t keepalive_s;
};

/*
 * Starts connecting m, which it owns until attempt_take. wake: an eventfd that is written
 * when it has ended. NULL (m stays the caller's) when no thread could be started, also
 * when LIMIT_MQTT_ATTEMPTS of them run.
 */
struct attempt *attempt_start(struct mosquitto *m, const struct attempt_target *target,
			      int wake) MUST_CHECK;
/*
 * After its end: gives m back and frees the attempt. Returns 0 when it is connected, or
 * -EIO with the reason, for people, in ret_error. While it has not ended it returns
 * -EAGAIN and does nothing.
 */
int attempt_take(struct attempt *a, struct mosquitto **ret_m,
		 char ret_error[ATTEMPT_ERROR_SIZE]) MUST_CHECK;
void attempt_give_up(struct attempt *a);

#endif
