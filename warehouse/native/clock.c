/* Reads the sender's clock out of ids. */
#include "json.h"

#define EXPORT __attribute__((visibility("default")))

enum { ID_LENGTH = 29, CLOCK_BEGIN = 3, CLOCK_END = 13 };

/* The first millisecond of the year 10000. */
static const int64_t BEYOND = 253402300800000;

/* The value of each character in Crockford's base 32, in capitals or not, and 1 more; 0 for those that are none of it. */
static const uint8_t DIGITS[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,  ['8'] = 9,
    ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18,
    ['J'] = 19, ['K'] = 20, ['M'] = 21, ['N'] = 22, ['P'] = 23, ['Q'] = 24, ['R'] = 25, ['S'] = 26, ['T'] = 27,
    ['V'] = 28, ['W'] = 29, ['X'] = 30, ['Y'] = 31, ['Z'] = 32, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14,
    ['e'] = 15, ['f'] = 16, ['g'] = 17, ['h'] = 18, ['j'] = 19, ['k'] = 20, ['m'] = 21, ['n'] = 22, ['p'] = 23,
    ['q'] = 24, ['r'] = 25, ['s'] = 26, ['t'] = 27, ['v'] = 28, ['w'] = 29, ['x'] = 30, ['y'] = 31, ['z'] = 32,
};

/* The first 48 bits of the ULID behind `wh_`, in milliseconds (github.com/ulid/spec); -1 where the rest of the id is not a
 * ULID, or its clock is beyond the year 9999. */
static int64_t clock_of(place at, place end) {
    int64_t clock = 0;
    if (end - at != ID_LENGTH || memcmp(at, "wh_", CLOCK_BEGIN) != 0 || at[CLOCK_BEGIN] > '7') return -1;
    for (int i = CLOCK_BEGIN; i < ID_LENGTH; i++) {
        int digit = DIGITS[at[i]] - 1;
        if (digit < 0) return -1;
        if (i < CLOCK_END) clock = clock << 5 | digit;
    }
    return clock < BEYOND ? clock : -1;
}

/* For each id, lying between two offsets in `bytes`: its clock in microseconds, and the bit of `known` that says that it
 * tells one; the bits are 0 when this is called. */
EXPORT void nacre_clocks(const uint8_t *bytes, const int32_t *offsets, int64_t count, int64_t *clocks, uint8_t *known) {
    for (int64_t i = 0; i < count; i++) {
        int64_t clock = clock_of(bytes + offsets[i], bytes + offsets[i + 1]);
        clocks[i] = clock < 0 ? 0 : clock * 1000;
        if (clock >= 0) known[i >> 3] |= (uint8_t)(1 << (i & 7));
    }
}
