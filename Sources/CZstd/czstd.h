// The simple, dictionary and advanced (prefix) interfaces of libzstd, for Storage.
#include <zstd.h>
