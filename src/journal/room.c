#include "journal/room.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/str.h"

/* The reserve takes at most this part of what is free. */
#define RESERVE_PART 4
/* How much of the disk must stay free: a twentieth, 5 %. */
#define FREE_PART 20
/* Free pages inside the file count as room while this part of the minimum is really free:
 * the WAL and the checkpoint need true space. */
#define TRUE_PART 4
/* After a failed write less than this free is no room, whatever was configured. */
#define FLOOR_BYTES (256 * KIB)

static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return str_dup(".");
	return slash == path ? str_dup("/") : str_ndup(path, (size_t)(slash - path));
}

/* What must be free; given_up is added since the reserve has to be made again first. */
static uint64_t
needed(const struct room *r, const struct statvfs *disk)
{
	uint64_t part = (uint64_t)disk->f_blocks * disk->f_frsize / FREE_PART;
	uint64_t need = part < DEFAULT_ROOM_BYTES ? part : DEFAULT_ROOM_BYTES;
	if (r->min_free_bytes > 0)
		need = r->min_free_bytes;
	if (r->given_up == 0)
		return need;
	return (need > FLOOR_BYTES ? need : FLOOR_BYTES) + r->given_up;
}

static bool
is_low(const struct room *r, uint64_t free_bytes, uint64_t need)
{
	if (free_bytes >= need)
		return false;
	return r->given_up > 0 || free_bytes < need / TRUE_PART ||
	       free_bytes + atomic_load(&r->spare_bytes) < need;
}

/* With the lock. A disk that does not answer changes nothing. */
static void
look(struct room *r)
{
	struct statvfs disk;
	atomic_store(&r->probed_us, clock_mono_us());
	if (statvfs(r->folder, &disk) < 0)
		return;
	uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	atomic_store(&r->free_bytes, free_bytes);
	atomic_store(&r->low, is_low(r, free_bytes, needed(r, &disk)));
}

static uint64_t
reserve_size(const struct room *r)
{
	struct stat st;
	return stat(r->reserve_path, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
}

/* A file system that cannot reserve goes without: the minimum of free room remains. */
static void
make_reserve(struct room *r)
{
	uint64_t part = atomic_load(&r->free_bytes) / RESERVE_PART;
	uint64_t size = part < r->reserve_bytes ? part : r->reserve_bytes;
	if (size == 0 || reserve_size(r) > 0)
		return;
	int fd = open(r->reserve_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int rc = fd < 0 ? -1 : fallocate(fd, 0, 0, (off_t)size);
	if (rc < 0) {
		int error = errno;
		unlink(r->reserve_path);
		log_debug(log_msg("journal: no reserve file"),
			  log_str("path", r->reserve_path),
			  log_str("error", strerrordesc_np(error)));
	}
	if (fd >= 0)
		close(fd);
}

int
room_init(struct room *r, const char *path, uint64_t reserve_bytes,
	  uint64_t min_free_bytes)
{
	r->folder = folder_of(path);
	r->reserve_path = str_format("%s-reserve", path);
	r->reserve_bytes = reserve_bytes;
	r->min_free_bytes = min_free_bytes;
	pthread_mutex_init(&r->lock, NULL);
	if (!r->folder || !r->reserve_path)
		return -ENOMEM;
	look(r);
	if (!room_is_low(r))
		make_reserve(r);
	look(r);
	return 0;
}

void
room_done(struct room *r)
{
	if (!r->folder && !r->reserve_path)
		return;
	str_free(steal_ptr(&r->folder));
	str_free(steal_ptr(&r->reserve_path));
	pthread_mutex_destroy(&r->lock);
}

bool
room_is_low(const struct room *r)
{
	return atomic_load(&r->low);
}

bool
room_probe(struct room *r, uint64_t max_age_us)
{
	if (clock_mono_us() - atomic_load(&r->probed_us) < max_age_us)
		return false;
	pthread_mutex_lock(&r->lock);
	bool before = room_is_low(r);
	look(r);
	bool changed = before != room_is_low(r);
	pthread_mutex_unlock(&r->lock);
	return changed;
}

void
room_give_up(struct room *r)
{
	pthread_mutex_lock(&r->lock);
	uint64_t size = reserve_size(r);
	if (size > 0)
		unlink(r->reserve_path);
	/* 1: there was none; a failed write raises the bar all the same (needed). */
	uint64_t least = r->given_up > 0 ? r->given_up : 1;
	r->given_up = size > least ? size : least;
	atomic_store(&r->low, true);
	atomic_store(&r->probed_us, clock_mono_us());
	pthread_mutex_unlock(&r->lock);
}

void
room_restore(struct room *r)
{
	pthread_mutex_lock(&r->lock);
	if (r->given_up > 0 && !room_is_low(r)) {
		make_reserve(r);
		r->given_up = 0;
		look(r);
	}
	pthread_mutex_unlock(&r->lock);
}
