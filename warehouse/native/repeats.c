/* Finds the ids that a batch of deliveries holds more than once. */
#include "json.h"

#define EXPORT __attribute__((visibility("default")))

/* A hash of a text that nobody can foresee who does not know the seed: each eight bytes are multiplied in, and the upper
 * half of the product folded on the lower. */
static uint64_t mix(uint64_t value, uint64_t seed) {
    __uint128_t product = (__uint128_t)(value ^ seed) * (seed | 1) ;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(place at, place end, uint64_t seed) {
    uint64_t hash = mix((uint64_t)(end - at) ^ 0x9E3779B97F4A7C15u, seed);
    while (end - at >= 8) {
        uint64_t eight;
        memcpy(&eight, at, 8);
        hash = mix(eight + hash, seed);
        at += 8;
    }
    uint64_t last = 0;
    memcpy(&last, at, (size_t)(end - at));
    return mix(last + hash, seed);
}

/* For each id, lying between two offsets in `bytes`: sets its byte of `repeated`, which are 0 when this is called, if there
 * is another one like it. `first` has room for a power of two of numbers, all -1, of which at least half stay so. */
EXPORT void nacre_repeats(
    const uint8_t *bytes, const int32_t *offsets, int64_t count, uint64_t seed, int32_t *first, int64_t room,
    uint8_t *repeated
) {
    for (int32_t i = 0; i < count; i++) {
        place at = bytes + offsets[i], end = bytes + offsets[i + 1];
        uint64_t slot = hash_of(at, end, seed) & (uint64_t)(room - 1);
        for (; first[slot] >= 0; slot = (slot + 1) & (uint64_t)(room - 1)) {
            place other = bytes + offsets[first[slot]];
            int32_t length = offsets[first[slot] + 1] - offsets[first[slot]];
            if (end - at != length || memcmp(at, other, (size_t)length) != 0) continue;
            repeated[i] = repeated[first[slot]] = 1;
            break;
        }
        if (first[slot] < 0) first[slot] = i;
    }
}
