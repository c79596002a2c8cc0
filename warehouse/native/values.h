/* Scalars as the types of columns hold them: exactly, or not at all. The rules are those of warehouse/schema/kinds.py.
 *
 * Each function reads the text between two places and is false where the type does not surely hold exactly that; what it
 * refuses is looked at again, more closely, by the exact lane.
 */
#ifndef NACRE_VALUES_H
#define NACRE_VALUES_H

#include "json.h"

typedef __int128 int128;

bool to_bigint(place at, place end, int64_t *value);

/* Whether the digits are those of a HUGEINT. */
bool is_hugeint(place at, place end);

/* In units of 10^-9, as DECIMAL(38,9) has them. */
bool to_decimal(place at, place end, int128 *value);

bool to_double(place at, place end, double *value);

/* A day as `2026-01-31`, in days since 1970-01-01. */
bool to_date(place at, place end, int32_t *days);

/* An ISO 8601 instant with a zone and at most microseconds, in microseconds since 1970-01-01T00:00:00Z. */
bool to_timestamp(place at, place end, int64_t *microseconds);

/* Whether the text is that of a number without an exponent, as Oyster writes amounts; leading zeros are taken. */
bool is_numeric(place at, place end);

#endif
