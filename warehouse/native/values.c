#include "values.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCALE = 9, INTEGER_DIGITS = 29, EXACT_DIGITS = 15, LONGEST_DOUBLE = 400 };

static place skip_zeros(place at, place end) {
    while (at < end && *at == '0') at++;
    return at;
}

static place skip_sign(place at, place end) { return at < end && *at == '-' ? at + 1 : at; }

bool to_bigint(place at, place end, int64_t *value) {
    bool negative = at < end && *at == '-';
    uint64_t sum = 0;
    place digits = skip_zeros(skip_sign(at, end), end);
    if (end - digits > 19) return false;
    for (at = digits; at < end; at++) {
        if (!is_digit(*at)) return false;
        sum = sum * 10 + (*at - '0');
    }
    if (sum > (uint64_t)INT64_MAX + negative) return false;
    *value = (int64_t)(negative ? 0 - sum : sum);
    return true;
}

bool is_hugeint(place at, place end) {
    at = skip_zeros(skip_sign(at, end), end);
    return end - at <= 38 && skip_digits(at, end) == end;
}

bool to_decimal(place at, place end, int128 *value) {
    bool negative = at < end && *at == '-';
    place digits = skip_zeros(skip_sign(at, end), end);
    place point = skip_digits(digits, end);
    if (point - digits > INTEGER_DIGITS || (point < end && *point != '.')) return false;
    place fraction = point < end ? point + 1 : point;
    if (end - fraction > SCALE || skip_digits(fraction, end) != end) return false;
    int128 sum = 0;
    for (at = digits; at < point; at++) sum = sum * 10 + (*at - '0');
    for (at = fraction; at < end; at++) sum = sum * 10 + (*at - '0');
    for (int i = (int)(end - fraction); i < SCALE; i++) sum *= 10;
    *value = negative ? -sum : sum;
    return true;
}

/* The digits of a number from the first that is not zero to the last, and the power of ten of the digit before them. */
typedef struct {
    char digits[LONGEST_DOUBLE];
    int count;
    long exponent;
} significant;

static bool read_significant(place at, place end, significant *number) {
    long before_point = 0;
    bool fraction = false;
    number->count = 0;
    for (at = skip_sign(at, end); at < end && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        if (number->count || *at != '0') {
            if (number->count == LONGEST_DOUBLE) return false;
            number->digits[number->count++] = (char)*at;
            before_point += !fraction;
        } else {
            before_point -= fraction;
        }
    }
    number->exponent = before_point;
    if (at < end) {
        char text[16] = {0};
        if (end - at - 1 >= (long)sizeof text) return false;
        memcpy(text, at + 1, (size_t)(end - at - 1));
        number->exponent += strtol(text, NULL, 10);
    }
    while (number->count && number->digits[number->count - 1] == '0') number->count--;
    if (!number->count) number->exponent = 0;
    return true;
}

static bool same_significant(const significant *one, const significant *other) {
    return one->count == other->count && one->exponent == other->exponent &&
           memcmp(one->digits, other->digits, (size_t)one->count) == 0;
}

/* Whether the shortest text that reads back as the double has the value of this number. */
static bool is_shortest(double value, const significant *number) {
    char text[40];
    significant shortest;
    for (int digits = EXACT_DIGITS; digits <= 17; digits++) {
        int length = snprintf(text, sizeof text, "%.*e", digits - 1, value);
        if (strtod(text, NULL) != value) continue;
        return read_significant((place)text, (place)text + length, &shortest) && same_significant(&shortest, number);
    }
    return false;
}

/* A number of few digits and no exponent: its digits and the power of ten are both exact, so their quotient is the nearest. */
static bool to_short_double(place at, place end, double *value) {
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = at < end && *at == '-';
    int digits = 0, decimals = -1;
    int64_t sum = 0;
    for (at = skip_sign(at, end); at < end; at++) {
        if (*at == '.') {
            decimals = 0;
            continue;
        }
        if (!is_digit(*at) || digits++ == EXACT_DIGITS) return false;
        sum = sum * 10 + (*at - '0');
        decimals += decimals >= 0;
    }
    double found = (double)sum / powers[decimals > 0 ? decimals : 0];
    *value = negative ? -found : found;
    return true;
}

bool to_double(place at, place end, double *value) {
    if (to_short_double(at, end, value)) return true;
    char text[LONGEST_DOUBLE];
    significant number;
    if (end - at >= LONGEST_DOUBLE || !read_significant(at, end, &number)) return false;
    memcpy(text, at, (size_t)(end - at));
    text[end - at] = 0;
    *value = strtod(text, NULL);
    if (*value - *value != 0) return false;
    return is_shortest(*value, &number);
}

static bool read_two(place at, int *value) {
    *value = (at[0] - '0') * 10 + at[1] - '0';
    return is_digit(at[0]) && is_digit(at[1]);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar (algorithm: Hinnant, days_from_civil). */
static int64_t days_of(int year, int month, int day) {
    year -= month <= 2;
    int era = year / 400, of_era = year - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097L + of_era * 365L + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool read_day(place at, int64_t *days) {
    static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century, of_century, month, day;
    if (!read_two(at, &century) || !read_two(at + 2, &of_century) || at[4] != '-' || !read_two(at + 5, &month) ||
        at[7] != '-' || !read_two(at + 8, &day))
        return false;
    int year = century * 100 + of_century;
    if (year < 1 || month < 1 || month > 12 || day < 1) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > lengths[month - 1] + (month == 2 && leap)) return false;
    *days = days_of(year, month, day);
    return true;
}

bool to_date(place at, place end, int32_t *days) {
    int64_t found;
    if (end - at != 10 || !read_day(at, &found)) return false;
    *days = (int32_t)found;
    return true;
}

/* `Z`, or an offset of hours up to 15 and minutes, with or without a colon; in minutes. */
static bool read_zone(place at, place end, int *minutes) {
    int hour, minute;
    *minutes = 0;
    if (end - at == 1) return *at == 'Z';
    bool colon = end - at == 6;
    if ((!colon && end - at != 5) || (*at != '+' && *at != '-') || (colon && at[3] != ':')) return false;
    if (!read_two(at + 1, &hour) || hour > 15 || !read_two(at + 3 + colon, &minute) || minute > 59) return false;
    *minutes = (hour * 60 + minute) * (*at == '-' ? -1 : 1);
    return true;
}

bool to_timestamp(place at, place end, int64_t *microseconds) {
    int64_t days, fraction = 0;
    int hour, minute, second, zone;
    if (end - at < 20 || at[10] != 'T' || memcmp(at, "0001-01-02", 10) < 0 || memcmp(at, "9999-12-31", 10) >= 0) return false;
    if (!read_day(at, &days) || !read_two(at + 11, &hour) || hour > 23 || at[13] != ':' || !read_two(at + 14, &minute) ||
        minute > 59 || at[16] != ':' || !read_two(at + 17, &second) || second > 59)
        return false;
    at += 19;
    if (*at == '.') {
        place digits = ++at;
        while (at < end && is_digit(*at)) at++;
        if (at == digits || at - digits > 6 || at == end) return false;
        for (place digit = digits; digit < digits + 6; digit++) fraction = fraction * 10 + (digit < at ? *digit - '0' : 0);
    }
    if (!read_zone(at, end, &zone)) return false;
    *microseconds = (days * 86400 + hour * 3600 + minute * 60 + second - zone * 60L) * 1000000 + fraction;
    return true;
}

bool is_numeric(place at, place end) {
    place digits = skip_sign(at, end);
    at = skip_digits(digits, end);
    if (at == digits) return false;
    if (at == end) return true;
    if (*at != '.' || end - at < 2) return false;
    return skip_digits(at + 1, end) == end;
}
