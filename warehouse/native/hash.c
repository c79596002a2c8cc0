/* Hashes texts, and finds those that are there more than once. */
#include "json.h"

#define EXPORT __attribute__((visibility("default")))

static uint64_t fold(uint64_t left, uint64_t right) {
    __uint128_t product = (__uint128_t)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A hash of 64 bits: each eight bytes are multiplied in, and the upper half of the product folded on the lower. */
static uint64_t hash_of(place at, place end, uint64_t seed) {
    const uint64_t odd = 0x9E3779B97F4A7C15u, other = 0xD6E8FEB86659FD93u;
    uint64_t hash = fold(seed ^ odd, (uint64_t)(end - at) ^ other), word = 0;
    for (; end - at >= 8; at += 8) {
        memcpy(&word, at, 8);
        hash = fold(hash ^ word, odd) + word;
    }
    word = 0;
    memcpy(&word, at, (size_t)(end - at));
    return fold(fold(hash ^ word, odd) ^ seed, other);
}

/* The hash of each text, lying between two offsets in `bytes`; with one seed always the same. */
EXPORT void nacre_hash(const uint8_t *bytes, const int32_t *offsets, int64_t count, uint64_t seed, uint64_t *hashes) {
    for (int64_t i = 0; i < count; i++) hashes[i] = hash_of(bytes + offsets[i], bytes + offsets[i + 1], seed);
}

/* Sets the byte of `repeated` of each text that is there more than once; they are 0 when this is called. `first` has room for
 * a power of two of numbers, more than there are texts, all -1. */
EXPORT void nacre_repeats(
    const uint8_t *bytes, const int32_t *offsets, int64_t count, uint64_t seed, int32_t *first, int64_t room,
    uint8_t *repeated
) {
    const uint64_t last = (uint64_t)(room - 1);
    for (int32_t i = 0; i < count; i++) {
        place at = bytes + offsets[i];
        size_t length = (size_t)(offsets[i + 1] - offsets[i]);
        uint64_t slot = hash_of(at, at + length, seed) & last;
        for (int32_t like; (like = first[slot]) >= 0; slot = (slot + 1) & last) {
            if ((size_t)(offsets[like + 1] - offsets[like]) != length) continue;
            if (length && memcmp(at, bytes + offsets[like], length) != 0) continue;
            repeated[i] = repeated[like] = 1;
            break;
        }
        if (first[slot] < 0) first[slot] = i;
    }
}
