#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Starts `arguments[0]`, looked for along the PATH of this process, in a process group of its own with `streams` as its
/// three standard streams and no other open file; puts its id into `process` and answers 0 or an errno.
int cspawn_start(pid_t *process, char *const arguments[], char *const environment[], const int streams[3]);

/// Makes a file in memory alone, which nobody else can open by a name; answers its descriptor, or -1 with `errno`.
int cspawn_memory_file(void);

#endif
