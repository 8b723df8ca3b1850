#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Starts `arguments[0]`, looked for along the PATH of this process, in a process group of its own with `streams` as its
/// three standard streams and no other open file; puts its id into `process` and answers 0 or an errno.
int cspawn_start(pid_t *process, char *const arguments[], char *const environment[], const int streams[3]);

#endif
