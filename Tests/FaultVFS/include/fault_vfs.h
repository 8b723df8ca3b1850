#ifndef FAULT_VFS_H
#define FAULT_VFS_H

/// What SQLite asks of its files.
enum fault_vfs_call {
    FAULT_VFS_OPEN,
    FAULT_VFS_READ,
    FAULT_VFS_WRITE,
    FAULT_VFS_SYNC,
    FAULT_VFS_TRUNCATE,
    FAULT_VFS_SIZE,
    FAULT_VFS_LOCK,
    FAULT_VFS_SHM_MAP,
    FAULT_VFS_SHM_LOCK,
    FAULT_VFS_DELETE,
    FAULT_VFS_ACCESS,
};

/// Says how a call on the file of that name ends: SQLITE_OK lets it go on, any other code of SQLite's ends it with that
/// and nothing done. Temporary files, which have no name, are never asked about.
typedef int (*fault_vfs_judge)(int call, const char *name);

/// Makes a layer over SQLite's own VFS the default of this process, which asks `judge` before each call. Only databases
/// that are opened afterwards are asked about. Returns a code of SQLite's.
int fault_vfs_install(fault_vfs_judge judge);

#endif
