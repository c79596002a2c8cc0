/* Columns that grow row by row, in the layout of Arrow arrays: bits of validity, 32-bit offsets, values. */
#ifndef NACRE_COLUMNS_H
#define NACRE_COLUMNS_H

#include "values.h"

typedef struct {
    uint8_t *bytes;
    int64_t size, capacity;
} buffer;

typedef enum { BOOLEAN, BIGINT, HUGEINT, DECIMAL, DOUBLE, DATE, TIMESTAMPTZ, VARCHAR, JSON } column_type;

typedef struct column {
    column_type type;
    bool numeric_text; /* texts of numbers are taken beside numbers */
    bool fractions;    /* a VARCHAR column takes numbers with a fraction or an exponent */
    bool only_null;    /* nothing but null was ever seen: nothing else is taken */
    bool only_empty;   /* a JSON column where nothing but empty objects was seen: nothing else is taken */
    bool only_scalars; /* a JSON column above a declared place: objects and arrays are not taken */
    int64_t rows;
    buffer valid, offsets, values;
    struct column *items; /* the elements, in a column of lists */
} column;

/* Space for `more` bytes at the end of a buffer; NULL, and the buffer as it was, where there is none to be had. */
uint8_t *grow(buffer *buffer, int64_t more);

bool append_bytes(buffer *buffer, const void *bytes, int64_t size);

/* NULL in every row that the column lacks before `rows`. */
bool fill_nulls(column *column, int64_t rows);

/* A row with what stands at the end of `values` since the last row (texts) or `items` (lists). */
bool end_row(column *column);

/* Take back all rows from `rows` on, and what was begun of a further one. */
void cut_back(column *column, int64_t rows);

/* The value that begins at `at`, in a new row. The place behind it, or NULL where it does not hold exactly, was never
 * seen there, or there is no memory (*out_of_memory). */
place append_value(column *column, place at, place end, bool *out_of_memory);

/* The value as compact JSON, numbers as written and strings in the one way; NULL as in append_value. */
place append_json(buffer *buffer, place at, place end, int depth, bool *out_of_memory);

/* The characters of a string, escapes read. */
bool append_text(buffer *buffer, const string_token *string);

/* A string as JSON, with its quotes. */
bool append_quoted(buffer *buffer, const string_token *string);

void free_column(column *column);

#endif
