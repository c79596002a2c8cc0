/* Cuts `data` out of the bodies of deliveries. */
#include "json.h"

#define EXPORT __attribute__((visibility("default")))

/* Whether the bytes are UTF-8 (RFC 3629): no half a character, none written too long, no surrogate. */
static bool is_utf8(place at, place end) {
    while (at < end) {
        uint64_t eight;
        if (end - at >= 8 && (memcpy(&eight, at, 8), !(eight & 0x8080808080808080u))) {
            at += 8;
            continue;
        }
        uint8_t first = *at++;
        if (first < 0x80) continue;
        int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
        if (first < 0xC2 || first > 0xF4 || end - at < more) return false;
        uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (*at < least || *at > most) return false;
        for (int i = 1; i < more; i++)
            if ((at[i] & 0xC0) != 0x80) return false;
        at += more;
    }
    return true;
}

/* Sets begin and end of the value of the one member `data` of the body; false where it is not JSON, or has not one. */
static bool cut(place at, place end, place *begin, place *behind) {
    string_token key;
    bool more = true, found = false;
    if (!is_utf8(at, end)) return false;
    at = skip_blanks(at, end);
    if (at >= end || *at != '{') return false;
    at++;
    while (more) {
        place value = read_key(at, end, &key);
        if (!value || key.escaped || !(at = skip_value(value, end, 1))) return false;
        if (key.end - key.begin == 4 && memcmp(key.begin, "data", 4) == 0) {
            if (found) return false;
            found = true;
            *begin = value;
            *behind = at;
        }
        if (!(at = read_next(at, end, '}', &more))) return false;
    }
    return found && skip_blanks(at, end) == end;
}

/* A string as Arrow's view layout has it: short ones lie in the view itself, of the others it holds the beginning, the
 * number of the buffer that they lie in, and where. No bytes where there is no string. */
typedef struct {
    int32_t length;
    union {
        uint8_t bytes[12];
        struct {
            uint8_t beginning[4];
            int32_t buffer, offset;
        } far;
    };
} view;

static view view_of(const uint8_t *bytes, int32_t buffer, place begin, place end) {
    view made = {0};
    made.length = (int32_t)(end - begin);
    if (made.length <= (int32_t)sizeof made.bytes) {
        if (made.length) memcpy(made.bytes, begin, (size_t)made.length);
        return made;
    }
    memcpy(made.far.beginning, begin, sizeof made.far.beginning);
    made.far.buffer = buffer;
    made.far.offset = (int32_t)(begin - bytes);
    return made;
}

/* For each body, lying between two offsets in `bytes`, which is the buffer of that number: the view of its `data`, which is
 * without bytes where it cannot be cut here. Returns how many could be cut. */
EXPORT int64_t nacre_cut(const uint8_t *bytes, const int32_t *offsets, int64_t count, int32_t buffer, view *data) {
    int64_t cuts = 0;
    for (int64_t i = 0; i < count; i++) {
        place begin = NULL, behind = NULL, at = bytes + offsets[i], end = bytes + offsets[i + 1];
        bool is_cut = cut(at, end, &begin, &behind);
        data[i] = is_cut ? view_of(bytes, buffer, begin, behind) : (view){0};
        cuts += is_cut;
    }
    return cuts;
}
