/* An SQLite VFS under which the Nth write or sync of a file fails. */
#ifndef TESTS_JOURNAL_FAULT_VFS_H
#define TESTS_JOURNAL_FAULT_VFS_H

#include <stdbool.h>

enum fault_kind { FAULT_WRITE_ENOSPC, FAULT_WRITE_EIO, FAULT_SYNC_EIO };

/* Makes it the default VFS of the process. */
void fault_vfs_install(void);
/* The nth call from now on fails; with last all behind it too, until fault_disarm. */
void fault_arm(enum fault_kind kind, int nth, bool lasting);
void fault_disarm(void);
/* Whether a call has failed since fault_arm. */
bool fault_fired(void);

#endif
