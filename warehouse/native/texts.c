/* Strings and JSON, written anew: escapes read, and written in the one way of Python's json.dumps(…, ensure_ascii=False). */
#include "columns.h"

static bool append_character(buffer *buffer, int32_t character) {
    uint8_t bytes[4];
    int size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const uint8_t heads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (int i = size - 1; i > 0; i--, character >>= 6) bytes[i] = (uint8_t)(0x80 | (character & 0x3F));
    bytes[0] = (uint8_t)(heads[size] | character);
    return append_bytes(buffer, bytes, size);
}

bool append_text(buffer *buffer, const string_token *string) {
    place at = string->begin, end = string->end;
    if (!string->escaped) return append_bytes(buffer, at, end - at);
    while (at < end) {
        place plain = at;
        while (at < end && *at != '\\') at++;
        if (!append_bytes(buffer, plain, at - plain)) return false;
        if (at < end && !append_character(buffer, read_escape(at, end, &at))) return false;
    }
    return true;
}

static bool append_escaped(buffer *buffer, int32_t character) {
    static const char digits[] = "0123456789abcdef";
    char unit[] = {'\\', 'u', '0', '0', digits[character >> 4 & 0xF], digits[character & 0xF]};
    switch (character) {
    case '"': return append_bytes(buffer, "\\\"", 2);
    case '\\': return append_bytes(buffer, "\\\\", 2);
    case '\b': return append_bytes(buffer, "\\b", 2);
    case '\f': return append_bytes(buffer, "\\f", 2);
    case '\n': return append_bytes(buffer, "\\n", 2);
    case '\r': return append_bytes(buffer, "\\r", 2);
    case '\t': return append_bytes(buffer, "\\t", 2);
    default: return character < 0x20 ? append_bytes(buffer, unit, 6) : append_character(buffer, character);
    }
}

bool append_quoted(buffer *buffer, const string_token *string) {
    place at = string->begin, end = string->end;
    if (!string->escaped) return append_bytes(buffer, at - 1, end - at + 2);
    if (!append_bytes(buffer, "\"", 1)) return false;
    while (at < end) {
        place plain = at;
        while (at < end && *at != '\\') at++;
        if (!append_bytes(buffer, plain, at - plain)) return false;
        if (at < end && !append_escaped(buffer, read_escape(at, end, &at))) return false;
    }
    return append_bytes(buffer, "\"", 1);
}

static place append_inside(buffer *buffer, place at, place end, int depth, bool *out_of_memory) {
    uint8_t open = *at++, close = open == '{' ? '}' : ']', comma = ',';
    place behind = read_empty(at, end, close);
    bool more = behind == NULL, written = append_bytes(buffer, &open, 1);
    if (!more) at = behind;
    while (more) {
        string_token key;
        at = close == '}' ? read_key(at, end, &key) : skip_blanks(at, end);
        if (!at) return NULL;
        if (close == '}') written = written && append_quoted(buffer, &key) && append_bytes(buffer, ":", 1);
        if (!(at = append_json(buffer, at, end, depth, out_of_memory)) || !(at = read_next(at, end, close, &more))) return NULL;
        written = written && append_bytes(buffer, more ? &comma : &close, 1);
    }
    if (behind) written = written && append_bytes(buffer, &close, 1);
    *out_of_memory |= !written;
    return written ? at : NULL;
}

place append_json(buffer *buffer, place at, place end, int depth, bool *out_of_memory) {
    string_token string;
    if (at >= end || depth > MAX_DEPTH) return NULL;
    if (*at == '{' || *at == '[') return append_inside(buffer, at, end, depth + 1, out_of_memory);
    place behind = *at == '"' ? read_string(at + 1, end, &string) : skip_value(at, end, depth);
    if (!behind) return NULL;
    bool written = *at == '"' ? append_quoted(buffer, &string) : append_bytes(buffer, at, behind - at);
    *out_of_memory |= !written;
    return written ? behind : NULL;
}
