#pragma once
// The library is used with patterns and texts of bytes.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
