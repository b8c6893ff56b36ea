/*
 * A real mosquitto for the tests of the client, on a free port of loopback, and a client
 * that writes down what it is told.
 */
#ifndef TESTS_MQTT_BROKER_H
#define TESTS_MQTT_BROKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mqtt/client.h"

struct event_base;

struct broker {
	char folder[200]; /* of its files, in TMPDIR; lives as long as the test program */
	uint16_t port;
	pid_t pid; /* 0: not running */
};

/* Chooses a port and a folder. */
void broker_init(struct broker *b);
/* Writes its configuration; extra: further lines of it. */
void broker_configure(const struct broker *b, const char *extra);
/* A file in its folder. */
void broker_write(const struct broker *b, const char *name, const char *text);
void broker_start(struct broker *b); /* returns when it accepts connections */
void broker_signal(const struct broker *b, int number);
void broker_stop(struct broker *b, int number);
/* Runs a program to its end; fails the test unless it exits with 0. */
void run_program(const char *const *argv);

#define SPY_MAX 200

/* A client with a record of its callbacks. */
struct spy {
	struct event_base *base;
	struct mqtt_client *client;
	unsigned connects;
	unsigned disconnects;
	bool protocol5;
	bool is_connected;
	char reason[200]; /* of the last loss */
	unsigned subscribed;
	unsigned acks;
	uint64_t tags[SPY_MAX]; /* in the order of their acks */
	int reasons[SPY_MAX];
	unsigned messages;
	char payloads[SPY_MAX][64];
};

/* options->host and port are filled in. */
void spy_start(struct spy *s, struct event_base *base, const struct broker *b,
	       struct mqtt_options *options);
void spy_stop(struct spy *s);
int spy_publish(struct spy *s, const char *topic, const char *text, uint64_t tag);

/* Runs the loop until the expression holds; fails the test after 20 s. */
#define wait_until(base, expression)                          \
	do {                                                  \
		uint64_t end_ = deadline_us();                \
		while (!(expression))                         \
			turn_loop((base), end_, #expression); \
	} while (0)
uint64_t deadline_us(void);
void turn_loop(struct event_base *base, uint64_t deadline, const char *what);

#endif
