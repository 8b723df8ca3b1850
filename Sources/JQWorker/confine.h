#ifndef CONFINE_H
#define CONFINE_H

#include <stddef.h>

/// Gives up, for the rest of this process's life, all but computing within so many bytes of memory and talking on what
/// is open.
void confine(size_t memory_bytes);

#endif
