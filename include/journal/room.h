/*
 * Room on the disk that a file lives on: deliveries are refused while there is too little
 * of it, long before writes fail, and a reserve file is given up when they do fail, so
 * that progress can still be recorded and old rows be deleted. All functions but init and
 * done may be called from any thread.
 */
#ifndef JOURNAL_ROOM_H
#define JOURNAL_ROOM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct room {
	char *folder;	    /* owned */
	char *reserve_path; /* owned */
	uint64_t reserve_bytes;
	uint64_t min_free_bytes; /* 0: by the size of the disk */
	pthread_mutex_t lock;
	uint64_t given_up; /* size of the reserve file that was given up; under lock */
	_Atomic uint64_t free_bytes;
	_Atomic uint64_t spare_bytes; /* free pages inside the file, set by its owner */
	_Atomic uint64_t probed_us;   /* monotonic */
	_Atomic bool low;
};

/* Looks at the disk and makes the reserve file. Returns 0 or -ENOMEM. */
int room_init(struct room *r, const char *path, uint64_t reserve_bytes,
	      uint64_t min_free_bytes) MUST_CHECK;
void room_done(struct room *r);
bool room_is_low(const struct room *r);
/* Looks again when the last look is max_age_us old; true: room_is_low changed. */
bool room_probe(struct room *r, uint64_t max_age_us);
/* A write failed for want of room: low from now on, the reserve file goes. */
void room_give_up(struct room *r);
/* Makes the reserve file again when there is room for it. */
void room_restore(struct room *r);

#endif
