#include "json.h"

static place skip_inside(place at, place end, int depth, uint8_t close) {
    place behind = read_empty(at, end, close);
    bool more = behind == NULL;
    if (!more) return behind;
    while (more) {
        string_token key;
        at = close == '}' ? read_key(at, end, &key) : skip_blanks(at, end);
        if (!at || !(at = skip_value(at, end, depth)) || !(at = read_next(at, end, close, &more))) return NULL;
    }
    return at;
}

place skip_value(place at, place end, int depth) {
    string_token string;
    number_token number;
    if (at >= end || depth > MAX_DEPTH) return NULL;
    switch (*at) {
    case '"': return read_string(at + 1, end, &string);
    case '{': return skip_inside(at + 1, end, depth + 1, '}');
    case '[': return skip_inside(at + 1, end, depth + 1, ']');
    case 't': return read_word(at, end, "true");
    case 'f': return read_word(at, end, "false");
    case 'n': return read_word(at, end, "null");
    default: return read_number(at, end, &number);
    }
}
