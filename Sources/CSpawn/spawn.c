// posix_spawn_file_actions_addclosefrom_np is glibc's, behind this word, which Swift's own import does not say.
#define _GNU_SOURCE
#include "CSpawn.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>

int cspawn_start(pid_t *process, char *const arguments[], char *const environment[], const int streams[3]) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int stream = 0; stream < 3; stream++) {
        posix_spawn_file_actions_adddup2(&actions, streams[stream], stream);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    // What this process ignores or blocks is no wish of the other program's.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int result = posix_spawnp(process, arguments[0], &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

int cspawn_memory_file(void) { return memfd_create("input", MFD_CLOEXEC); }
