/* JSON text (RFC 8259), read strictly and where it lies.
 *
 * Each function takes the place where a thing begins and the end of what may be read, and returns the place behind the
 * thing, or NULL where it is not one. None writes, none allocates, none reads at or behind `end`.
 */
#ifndef NACRE_JSON_H
#define NACRE_JSON_H

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the first of eight bytes is looked for where little-endian machines have it"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef const uint8_t *place;

enum { MAX_DEPTH = 1000 };

/* A string without its quotes; `escaped` where a backslash stands in it. */
typedef struct {
    place begin, end;
    bool escaped;
} string_token;

/* A number as written; its fraction (with the point) and its exponent are empty where they are not there. */
typedef struct {
    place begin, point, exponent, end;
} number_token;

static inline place skip_blanks(place at, place end) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
    return at;
}

static inline bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

static inline int hex_digit(uint8_t byte) {
    if (is_digit(byte)) return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The 16 bits behind `\u`, whose four digits begin at `at`; -1 where they are none. */
static inline int32_t hex_unit(place at, place end) {
    if (end - at < 4) return -1;
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* The character of an escape, whose backslash is at `at`; *behind is set. -1 for no escape and for half a surrogate pair. */
static inline int32_t read_escape(place at, place end, place *behind) {
    if (end - at < 2) return -1;
    *behind = at + 2;
    switch (at[1]) {
    case '"': case '\\': case '/': return at[1];
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: return -1;
    }
    int32_t unit = hex_unit(at + 2, end);
    *behind = at + 6;
    if (unit < 0xD800 || unit > 0xDFFF) return unit;
    if (unit > 0xDBFF || end - at < 8 || at[6] != '\\' || at[7] != 'u') return -1;
    int32_t low = hex_unit(at + 8, end);
    *behind = at + 12;
    return low < 0xDC00 || low > 0xDFFF ? -1 : 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

/* Of eight bytes, read from memory as they lie: the high bit of the first that ends or bends a string (a quote, a backslash,
 * a control character); bits behind it may be set by chance. */
static inline uint64_t stops_of(uint64_t eight) {
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = eight ^ (ones * '"'), slash = eight ^ (ones * '\\');
    uint64_t found = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((eight - ones * 0x20) & ~eight);
    return found & highs;
}

/* The next byte that ends or bends a string, or `end`. */
static inline place skip_plain(place at, place end) {
    uint64_t eight;
    for (; end - at >= 8; at += 8) {
        memcpy(&eight, at, 8);
        uint64_t stops = stops_of(eight);
        if (stops) return at + (__builtin_ctzll(stops) >> 3);
    }
    while (at < end && *at != '"' && *at != '\\' && *at >= 0x20) at++;
    return at;
}

/* `at` is behind the opening quote; the place returned is behind the closing one. */
static inline place read_string(place at, place end, string_token *string) {
    string->begin = at;
    string->escaped = false;
    for (;;) {
        at = skip_plain(at, end);
        if (at >= end || *at < 0x20) return NULL;
        if (*at == '"') {
            string->end = at;
            return at + 1;
        }
        string->escaped = true;
        if (read_escape(at, end, &at) < 0) return NULL;
    }
}

static inline place skip_digits(place at, place end) {
    while (at < end && is_digit(*at)) at++;
    return at;
}

static inline place read_number(place at, place end, number_token *number) {
    number->begin = at;
    if (at < end && *at == '-') at++;
    if (at >= end || !is_digit(*at)) return NULL;
    at = *at == '0' ? at + 1 : skip_digits(at, end);
    number->point = at;
    if (at < end && *at == '.') {
        place digits = at + 1;
        at = skip_digits(digits, end);
        if (at == digits) return NULL;
    }
    number->exponent = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        place digits = at;
        at = skip_digits(digits, end);
        if (at == digits) return NULL;
    }
    number->end = at;
    return at;
}

static inline place read_word(place at, place end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && memcmp(at, word, length) == 0 ? at + length : NULL;
}

/* The next member of an object: `at` is behind `{` or `,`; the place returned is that of its value. */
static inline place read_key(place at, place end, string_token *key) {
    at = skip_blanks(at, end);
    if (at >= end || *at != '"' || !(at = read_string(at + 1, end, key))) return NULL;
    at = skip_blanks(at, end);
    return at < end && *at == ':' ? skip_blanks(at + 1, end) : NULL;
}

/* Behind a member or an element: the place behind the comma that follows, or behind `close`, when *more is false. */
static inline place read_next(place at, place end, uint8_t close, bool *more) {
    at = skip_blanks(at, end);
    if (at >= end || (*at != ',' && *at != close)) return NULL;
    *more = *at == ',';
    return at + 1;
}

/* Behind an opening bracket: the place behind `close`, if nothing stands between; else NULL. */
static inline place read_empty(place at, place end, uint8_t close) {
    at = skip_blanks(at, end);
    return at < end && *at == close ? at + 1 : NULL;
}

/* Any value, without a look at what it says. */
place skip_value(place at, place end, int depth);

#endif
