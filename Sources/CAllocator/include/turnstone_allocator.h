#ifndef TURNSTONE_ALLOCATOR_H
#define TURNSTONE_ALLOCATOR_H

/// Returns free memory at the top of the heap and in between to the system; 1 when some was returned (malloc_trim(3)).
int turnstone_malloc_trim(void);

#endif
