#include "fault_vfs.h"

#include <sqlite3.h>
#include <string.h>

// One file: ours in front, SQLite's own behind it in the same memory.
struct file {
    sqlite3_file base;
    const char *name;
    sqlite3_file *real;
};

// Fits any file that may stand behind it.
#define FRONT ((sizeof(struct file) + 15) & ~(size_t)15)

static sqlite3_vfs *system_vfs;
static sqlite3_vfs layer;
static fault_vfs_judge judge_call;

static int judged(int call, const char *name) {
    return name ? judge_call(call, name) : SQLITE_OK;
}

#define FILE_OF(f) ((struct file *)(f))
#define REAL(f) (FILE_OF(f)->real)
#define ASK(f, call)                                    \
    do {                                                \
        int code = judged((call), FILE_OF(f)->name);    \
        if (code != SQLITE_OK) return code;             \
    } while (0)

static int file_close(sqlite3_file *f) { return REAL(f)->pMethods->xClose(REAL(f)); }

static int file_read(sqlite3_file *f, void *into, int count, sqlite3_int64 at) {
    ASK(f, FAULT_VFS_READ);
    return REAL(f)->pMethods->xRead(REAL(f), into, count, at);
}

static int file_write(sqlite3_file *f, const void *from, int count, sqlite3_int64 at) {
    ASK(f, FAULT_VFS_WRITE);
    return REAL(f)->pMethods->xWrite(REAL(f), from, count, at);
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size) {
    ASK(f, FAULT_VFS_TRUNCATE);
    return REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int file_sync(sqlite3_file *f, int flags) {
    ASK(f, FAULT_VFS_SYNC);
    return REAL(f)->pMethods->xSync(REAL(f), flags);
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size) {
    ASK(f, FAULT_VFS_SIZE);
    return REAL(f)->pMethods->xFileSize(REAL(f), size);
}

static int file_lock(sqlite3_file *f, int kind) {
    ASK(f, FAULT_VFS_LOCK);
    return REAL(f)->pMethods->xLock(REAL(f), kind);
}

// A lock can always be let go.
static int file_unlock(sqlite3_file *f, int kind) { return REAL(f)->pMethods->xUnlock(REAL(f), kind); }

static int file_check_reserved(sqlite3_file *f, int *out) {
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}

static int file_control(sqlite3_file *f, int op, void *argument) {
    return REAL(f)->pMethods->xFileControl(REAL(f), op, argument);
}

static int file_sector_size(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }

static int file_characteristics(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }

static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
    ASK(f, FAULT_VFS_SHM_MAP);
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *f, int offset, int count, int flags) {
    if (flags & SQLITE_SHM_LOCK) ASK(f, FAULT_VFS_SHM_LOCK);
    return REAL(f)->pMethods->xShmLock(REAL(f), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }

static int file_shm_unmap(sqlite3_file *f, int deletes) { return REAL(f)->pMethods->xShmUnmap(REAL(f), deletes); }

// The second version: no file is read through a map, so that every read is asked about.
static const sqlite3_io_methods methods = {
    2, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock,
    file_check_reserved, file_control, file_sector_size, file_characteristics, file_shm_map, file_shm_lock,
    file_shm_barrier, file_shm_unmap, 0, 0,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out) {
    (void)vfs;
    struct file *file = FILE_OF(f);
    memset(file, 0, FRONT);
    int code = judged(FAULT_VFS_OPEN, name);
    if (code != SQLITE_OK) return code;
    // The name is SQLite's and stays until the file is closed.
    file->name = name;
    file->real = (sqlite3_file *)((char *)f + FRONT);
    code = system_vfs->xOpen(system_vfs, name, file->real, flags, out);
    // SQLite closes a file whose methods are set, even when it could not be opened.
    if (file->real->pMethods) file->base.pMethods = &methods;
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    (void)vfs;
    int code = judged(FAULT_VFS_DELETE, name);
    return code != SQLITE_OK ? code : system_vfs->xDelete(system_vfs, name, sync);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    (void)vfs;
    int code = judged(FAULT_VFS_ACCESS, name);
    return code != SQLITE_OK ? code : system_vfs->xAccess(system_vfs, name, flags, out);
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int count, char *out) {
    (void)vfs;
    return system_vfs->xFullPathname(system_vfs, name, count, out);
}

static void *vfs_dl_open(sqlite3_vfs *vfs, const char *name) {
    (void)vfs;
    return system_vfs->xDlOpen(system_vfs, name);
}

static void vfs_dl_error(sqlite3_vfs *vfs, int count, char *out) {
    (void)vfs;
    system_vfs->xDlError(system_vfs, count, out);
}

static void (*vfs_dl_sym(sqlite3_vfs *vfs, void *library, const char *name))(void) {
    (void)vfs;
    return system_vfs->xDlSym(system_vfs, library, name);
}

static void vfs_dl_close(sqlite3_vfs *vfs, void *library) {
    (void)vfs;
    system_vfs->xDlClose(system_vfs, library);
}

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *out) {
    (void)vfs;
    return system_vfs->xRandomness(system_vfs, count, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return system_vfs->xSleep(system_vfs, microseconds);
}

static int vfs_time(sqlite3_vfs *vfs, double *out) {
    (void)vfs;
    return system_vfs->xCurrentTime(system_vfs, out);
}

static int vfs_last_error(sqlite3_vfs *vfs, int count, char *out) {
    (void)vfs;
    return system_vfs->xGetLastError(system_vfs, count, out);
}

static int vfs_time_int64(sqlite3_vfs *vfs, sqlite3_int64 *out) {
    (void)vfs;
    return system_vfs->xCurrentTimeInt64(system_vfs, out);
}

int fault_vfs_install(fault_vfs_judge judge) {
    if (system_vfs) return SQLITE_OK;
    sqlite3_vfs *found = sqlite3_vfs_find(0);
    if (!found || found->iVersion < 2) return SQLITE_ERROR;
    judge_call = judge;
    system_vfs = found;
    layer = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)FRONT + found->szOsFile,
        .mxPathname = found->mxPathname,
        .zName = "turnstone-fault",
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_name,
        .xDlOpen = vfs_dl_open,
        .xDlError = vfs_dl_error,
        .xDlSym = vfs_dl_sym,
        .xDlClose = vfs_dl_close,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time_int64,
    };
    return sqlite3_vfs_register(&layer, 1);
}
