#include "columns.h"

#include <stdlib.h>

uint8_t *grow(buffer *buffer, int64_t more) {
    if (buffer->size + more > buffer->capacity) {
        int64_t capacity = (buffer->size + more) * 2 + 64;
        uint8_t *bytes = realloc(buffer->bytes, (size_t)capacity);
        if (!bytes) return NULL;
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    uint8_t *begin = buffer->bytes + buffer->size;
    buffer->size += more;
    return begin;
}

bool append_bytes(buffer *buffer, const void *bytes, int64_t size) {
    if (!size) return true;
    uint8_t *begin = grow(buffer, size);
    if (begin) memcpy(begin, bytes, (size_t)size);
    return begin != NULL;
}

static bool is_text(const column *column) {
    return !column->items && (column->type == HUGEINT || column->type == VARCHAR || column->type == JSON);
}

static bool has_offsets(const column *column) { return column->items || is_text(column); }

static int64_t width(const column *column) {
    switch (column->type) {
    case DECIMAL: return 16;
    case DATE: return 4;
    default: return 8;
    }
}

/* The bit of a row in a bitmap, which has a bit for each row before. */
static bool append_bit(buffer *bits, int64_t row, bool bit) {
    if (row % 8 == 0) {
        uint8_t *byte = grow(bits, 1);
        if (!byte) return false;
        *byte = 0;
    }
    uint8_t *byte = bits->bytes + row / 8;
    *byte = (uint8_t)((*byte & ~(1 << row % 8)) | bit << row % 8);
    return true;
}

static bool append_offset(column *column) {
    int64_t end = column->items ? column->items->rows : column->values.size;
    int32_t offset = (int32_t)end;
    return end <= INT32_MAX && (column->rows || append_bytes(&column->offsets, &(int32_t){0}, 4)) &&
           append_bytes(&column->offsets, &offset, 4);
}

static bool append_null(column *column) {
    static const uint8_t nothing[16] = {0};
    bool done = append_bit(&column->valid, column->rows, false);
    if (has_offsets(column)) {
        done = done && append_offset(column);
    } else if (column->type == BOOLEAN) {
        done = done && append_bit(&column->values, column->rows, false);
    } else {
        done = done && append_bytes(&column->values, nothing, width(column));
    }
    column->rows += done;
    return done;
}

bool fill_nulls(column *column, int64_t rows) {
    while (column->rows < rows)
        if (!append_null(column)) return false;
    return true;
}

bool end_row(column *column) {
    bool done = append_bit(&column->valid, column->rows, true) && append_offset(column);
    column->rows += done;
    return done;
}

static int64_t bits_of(int64_t rows) { return (rows + 7) / 8; }

void cut_back(column *column, int64_t rows) {
    rows = rows < column->rows ? rows : column->rows;
    column->rows = rows;
    column->valid.size = bits_of(rows);
    if (has_offsets(column)) {
        int32_t end = 0;
        if (rows) memcpy(&end, column->offsets.bytes + 4 * rows, 4);
        column->offsets.size = rows ? 4 * (rows + 1) : 0;
        if (column->items) cut_back(column->items, end);
        else column->values.size = end;
    } else {
        column->values.size = column->type == BOOLEAN ? bits_of(rows) : rows * width(column);
    }
}

static bool append_fixed(column *column, const void *value, int64_t size) {
    bool done = append_bit(&column->valid, column->rows, true) && append_bytes(&column->values, value, size);
    column->rows += done;
    return done;
}

static bool append_boolean(column *column, bool value) {
    bool done = append_bit(&column->valid, column->rows, true) && append_bit(&column->values, column->rows, value);
    column->rows += done;
    return done;
}

/* A number of which only the text is known, in a column of numbers. */
static bool append_number(column *column, place at, place end, bool whole, bool *out_of_memory) {
    int64_t bigint;
    int128 decimal;
    double inexact;
    bool done;
    switch (column->type) {
    case BIGINT:
        if (!whole || !to_bigint(at, end, &bigint)) return false;
        done = append_fixed(column, &bigint, 8);
        break;
    case HUGEINT:
        if (!whole || !is_hugeint(at, end)) return false;
        done = append_bytes(&column->values, at, end - at) && end_row(column);
        break;
    case DECIMAL:
        if (!to_decimal(at, end, &decimal)) return false;
        done = append_fixed(column, &decimal, 16);
        break;
    case DOUBLE:
        if (!to_double(at, end, &inexact)) return false;
        done = append_fixed(column, &inexact, 8);
        break;
    default: return false;
    }
    *out_of_memory |= !done;
    return done;
}

static bool append_plain(column *column, place at, place end, bool *out_of_memory) {
    bool done = append_bytes(&column->values, at, end - at) && end_row(column);
    *out_of_memory |= !done;
    return done;
}

static bool append_string(column *column, const string_token *string, bool *out_of_memory) {
    place at = string->begin, end = string->end;
    int32_t days;
    int64_t instant;
    bool done;
    switch (column->type) {
    case VARCHAR: done = append_text(&column->values, string) && end_row(column); break;
    case DATE:
        if (string->escaped || !to_date(at, end, &days)) return false;
        done = append_fixed(column, &days, 4);
        break;
    case TIMESTAMPTZ:
        if (string->escaped || !to_timestamp(at, end, &instant)) return false;
        done = append_fixed(column, &instant, 8);
        break;
    default:
        if (!column->numeric_text || string->escaped || !is_numeric(at, end)) return false;
        return append_number(column, at, end, memchr(at, '.', (size_t)(end - at)) == NULL, out_of_memory);
    }
    *out_of_memory |= !done;
    return done;
}

static place append_scalar(column *column, place at, place end, bool *out_of_memory) {
    string_token string;
    number_token number;
    place behind;
    bool held = false;
    if (*at == '"') {
        behind = read_string(at + 1, end, &string);
        held = behind && append_string(column, &string, out_of_memory);
    } else if (*at == 't' || *at == 'f') {
        behind = read_word(at, end, *at == 't' ? "true" : "false");
        if (!behind) return NULL;
        if (column->type == VARCHAR) held = append_plain(column, at, behind, out_of_memory);
        else if (column->type == BOOLEAN) *out_of_memory |= !(held = append_boolean(column, *at == 't'));
    } else {
        behind = read_number(at, end, &number);
        if (!behind) return NULL;
        bool whole = number.point == number.end;
        if (column->type == VARCHAR) held = (whole || column->fractions) && append_plain(column, at, behind, out_of_memory);
        else held = append_number(column, at, behind, whole, out_of_memory);
    }
    return held ? behind : NULL;
}

static place append_list(column *list, place at, place end, bool *out_of_memory) {
    column *items = list->items;
    place behind = read_empty(at, end, ']');
    bool more = behind == NULL;
    if (!more) at = behind;
    while (more) {
        at = skip_blanks(at, end);
        if (at >= end || *at == '{' || *at == '[') return NULL;
        at = append_value(items, at, end, out_of_memory);
        if (!at || !(at = read_next(at, end, ']', &more))) return NULL;
    }
    bool done = end_row(list);
    *out_of_memory |= !done;
    return done ? at : NULL;
}

place append_value(column *column, place at, place end, bool *out_of_memory) {
    if (at >= end) return NULL;
    if (*at == 'n') {
        bool done = append_null(column);
        *out_of_memory |= !done;
        return done ? read_word(at, end, "null") : NULL;
    }
    if (column->only_null) return NULL;
    if (column->items) return *at == '[' ? append_list(column, at + 1, end, out_of_memory) : NULL;
    if (column->type != JSON) return *at == '{' || *at == '[' ? NULL : append_scalar(column, at, end, out_of_memory);
    if (column->only_empty && (*at != '{' || !read_empty(at + 1, end, '}'))) return NULL;
    if (column->only_scalars && (*at == '{' || *at == '[')) return NULL;
    at = append_json(&column->values, at, end, 0, out_of_memory);
    if (at) *out_of_memory |= !end_row(column);
    return *out_of_memory ? NULL : at;
}

void free_column(column *column) {
    if (column->items) {
        free_column(column->items);
        free(column->items);
    }
    free(column->valid.bytes);
    free(column->offsets.bytes);
    free(column->values.bytes);
}
