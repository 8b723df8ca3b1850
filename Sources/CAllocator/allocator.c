#include "turnstone_allocator.h"
#include <malloc.h>

int turnstone_malloc_trim(void) {
    return malloc_trim(0);
}
