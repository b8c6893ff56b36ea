#include "fault_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>

static sqlite3_vfs vfs;
static sqlite3_vfs *unix_vfs;

/* The system has a table for databases and one for other files; both write alike. */
#define TABLES 4
static struct table {
	const sqlite3_io_methods *original;
	sqlite3_io_methods faulty;
} tables[TABLES];
static const sqlite3_io_methods *unix_methods; /* any of them */

static _Atomic bool armed;
static _Atomic bool fired;
static _Atomic int kind;
static _Atomic int calls_left;
static _Atomic bool goes_on;

/* Whether this call of a write (or a sync) is one that fails. */
static bool
fails(bool is_sync)
{
	if (!atomic_load(&armed) || is_sync != (atomic_load(&kind) == FAULT_SYNC_EIO))
		return false;
	int left = atomic_fetch_sub(&calls_left, 1);
	if (left > 1 || (left < 1 && !atomic_load(&goes_on)))
		return false;
	atomic_store(&fired, true);
	return true;
}

static int
faulty_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
	if (!fails(false))
		return unix_methods->xWrite(file, data, n, at);
	bool full = atomic_load(&kind) == FAULT_WRITE_ENOSPC;
	errno = full ? ENOSPC : EIO;
	/* as a disk does: part of it is there */
	if (n > 1)
		unix_methods->xWrite(file, data, n / 2, at);
	return full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int
faulty_sync(sqlite3_file *file, int flags)
{
	if (!fails(true))
		return unix_methods->xSync(file, flags);
	errno = EIO;
	return SQLITE_IOERR_FSYNC;
}

static const sqlite3_io_methods *
faulty_table(const sqlite3_io_methods *original)
{
	int i = 0;
	while (i < TABLES - 1 && tables[i].original && tables[i].original != original)
		i++;
	struct table *t = &tables[i];
	if (!t->original) {
		unix_methods = original;
		t->original = original;
		t->faulty = *original;
		t->faulty.xWrite = faulty_write;
		t->faulty.xSync = faulty_sync;
	}
	return &t->faulty;
}

/* The file stays the system's own; only its table of methods is another one. */
static int
open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
	  int *ret_flags)
{
	(void)self;
	int rc = unix_vfs->xOpen(unix_vfs, name, file, flags, ret_flags);
	if (rc == SQLITE_OK && file->pMethods)
		file->pMethods = faulty_table(file->pMethods);
	return rc;
}

void
fault_vfs_install(void)
{
	if (unix_vfs)
		return;
	unix_vfs = sqlite3_vfs_find(NULL);
	vfs = *unix_vfs;
	vfs.pNext = NULL;
	vfs.zName = "fault";
	vfs.xOpen = open_file;
	sqlite3_vfs_register(&vfs, 1);
}

void
fault_arm(enum fault_kind new_kind, int nth, bool lasting)
{
	atomic_store(&fired, false);
	atomic_store(&kind, (int)new_kind);
	atomic_store(&calls_left, nth);
	atomic_store(&goes_on, lasting);
	atomic_store(&armed, true);
}

void
fault_disarm(void)
{
	atomic_store(&armed, false);
}

bool
fault_fired(void)
{
	return atomic_load(&fired);
}
