/* Documents into the rows of their event_name's tables: all of a document, or nothing. */
#include "program.h"

#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

typedef struct {
    program *program;
    int64_t document;
    place end;
} reading;

/* Where an object stands in what goes to the column for the rest: it is opened there with its first unknown member. */
typedef struct rest_place {
    struct rest_place *above;
    const string_token *key;
    bool opened, begun;
} rest_place;

static place read_members(reading *reading, table *table, node *object, place at, rest_place *rest);
static bool add_rest(table *table, rest_place *rest, const string_token *key);

static bool open_rest(table *table, rest_place *rest) {
    column *column = &table->columns[table->rest];
    if (rest->opened) return true;
    rest->opened = true;
    bool begun = rest->above ? add_rest(table, rest->above, rest->key) : fill_nulls(column, table->rows - 1);
    return begun && append_bytes(&column->values, "{", 1);
}

static bool add_rest(table *table, rest_place *rest, const string_token *key) {
    if (!open_rest(table, rest)) return false;
    buffer *text = &table->columns[table->rest].values;
    if (rest->begun && !append_bytes(text, ",", 1)) return false;
    rest->begun = true;
    return append_quoted(text, key) && append_bytes(text, ":", 1);
}

/* A member without a column, in the object of that number: to the column for the rest, if there is one. A key that has
 * escapes, or may have stood there before, is not for us. */
static place read_unknown(reading *reading, table *table, int64_t object, const string_token *key, place at, rest_place *rest) {
    bool *out_of_memory = &reading->program->out_of_memory;
    if (table->rest < 0 || key->escaped) return NULL;
    if (!is_new(&reading->program->unknown, object, key, out_of_memory)) return NULL;
    if (add_rest(table, rest, key))
        return append_json(&table->columns[table->rest].values, at, reading->end, 0, out_of_memory);
    *out_of_memory = true;
    return NULL;
}

static bool end_rest(table *table, rest_place *rest) {
    return !rest->opened || append_bytes(&table->columns[table->rest].values, "}", 1);
}

/* A row of the array's table, or of the event's own, from the object at `at`. */
static place read_row(reading *reading, table *table, int64_t parent, place at) {
    int64_t position = table->rows - table->rows_before;
    rest_place rest = {0};
    if (at >= reading->end || *at != '{') return NULL;
    table->rows++;
    if (!append_bytes(&table->documents, &reading->document, 8) || !append_bytes(&table->parents, &parent, 8) ||
        !append_bytes(&table->positions, &position, 8)) {
        reading->program->out_of_memory = true;
        return NULL;
    }
    at = read_members(reading, table, &table->root, at + 1, &rest);
    if (at && rest.opened && !end_row(&table->columns[table->rest])) reading->program->out_of_memory = true;
    return reading->program->out_of_memory ? NULL : at;
}

static place read_elements(reading *reading, table *table, int64_t parent, place at) {
    place behind = read_empty(at, reading->end, ']');
    bool more = behind == NULL;
    if (!more) return behind;
    while (more) {
        at = read_row(reading, table, parent, skip_blanks(at, reading->end));
        if (!at || !(at = read_next(at, reading->end, ']', &more))) return NULL;
    }
    return at;
}

static place read_known(reading *reading, table *table, node *member, const string_token *key, place at, rest_place *rest) {
    if (at >= reading->end) return NULL;
    if (member->kind == COLUMN) {
        column *column = &table->columns[member->column];
        if (!fill_nulls(column, table->rows - 1)) reading->program->out_of_memory = true;
        return append_value(column, at, reading->end, &reading->program->out_of_memory);
    }
    if (member->kind == AWAITED) return NULL;
    if (*at == 'n') return read_word(at, reading->end, "null");
    if (member->kind == ELEMENTS) {
        int64_t parent = table->rows - table->rows_before - 1;
        return *at == '[' ? read_elements(reading, member->elements, parent, at + 1) : NULL;
    }
    rest_place inside = {.above = rest, .key = key};
    return *at == '{' ? read_members(reading, table, member, at + 1, &inside) : NULL;
}

/* `at` is behind the opening brace. A member that stands there twice is not for us, nor what would make money none. */
static place read_members(reading *reading, table *table, node *object, place at, rest_place *rest) {
    int64_t number = ++reading->program->objects;
    node **guess = &object->first;
    place behind = read_empty(at, reading->end, '}');
    bool more = behind == NULL;
    if (!more) at = behind;
    while (more) {
        string_token key;
        at = read_key(at, reading->end, &key);
        if (!at) return NULL;
        node *member = find_key(object, *guess, &key, &reading->program->out_of_memory);
        if (member) {
            if (member->seen_in == number) return NULL;
            member->seen_in = number;
            *guess = member;
            guess = &member->next;
            at = read_known(reading, table, member, &key, at, rest);
        } else {
            at = object->amount ? NULL : read_unknown(reading, table, number, &key, at, rest);
        }
        if (!at || !(at = read_next(at, reading->end, '}', &more))) return NULL;
    }
    if (object->amount && (object->amount->seen_in == number) != (object->currency->seen_in == number)) return NULL;
    if (end_rest(table, rest)) return at;
    reading->program->out_of_memory = true;
    return NULL;
}

static void take_back(program *program) {
    for (int32_t i = 0; i < program->table_count; i++) {
        table *table = program->tables[i];
        table->rows = table->rows_before;
        table->documents.size = table->parents.size = table->positions.size = 8 * table->rows;
        for (int32_t j = 0; j < table->column_count; j++) cut_back(&table->columns[j], table->rows);
    }
}

static bool read_document(program *program, int64_t number, place at, place end) {
    reading reading = {.program = program, .document = number, .end = end};
    for (int32_t i = 0; i < program->table_count; i++) program->tables[i]->rows_before = program->tables[i]->rows;
    forget_keys(&program->unknown);
    at = read_row(&reading, program->tables[0], -1, skip_blanks(at, end));
    return at && skip_blanks(at, end) == end;
}

/* NULL in every row that a column lacks. */
static bool fill_up(program *program) {
    for (int32_t i = 0; i < program->table_count; i++)
        for (int32_t j = 0; j < program->tables[i]->column_count; j++)
            if (!fill_nulls(&program->tables[i]->columns[j], program->tables[i]->rows)) return false;
    return true;
}

/* Reads the documents that lie between the offsets in `bytes`, of which the first has the number `first`; of those that do
 * not fit exactly, the numbers go to `left` and nothing to the tables. Returns how many were left, -1: no memory. */
EXPORT int64_t nacre_flatten(program *program, const uint8_t *bytes, const int64_t *offsets, int64_t documents, int64_t first,
                             int64_t *left) {
    int64_t count = 0;
    program->out_of_memory = false;
    for (int64_t i = 0; i < documents; i++) {
        if (read_document(program, first + i, bytes + offsets[i], bytes + offsets[i + 1])) continue;
        if (program->out_of_memory) return -1;
        take_back(program);
        left[count++] = first + i;
    }
    return fill_up(program) ? count : -1;
}

EXPORT int64_t nacre_rows(const program *program, int32_t number) { return program->tables[number]->rows; }

/* A buffer of a table's keys (column -1: documents, parents, positions) or of a column (validity, offsets, values, and 3
 * more for the elements of a list). */
EXPORT const uint8_t *nacre_buffer(const program *program, int32_t number, int32_t index, int32_t which, int64_t *size) {
    const table *table = program->tables[number];
    const buffer *found[] = {&table->documents, &table->parents, &table->positions};
    if (index >= 0) {
        const column *column = which > 2 ? table->columns[index].items : &table->columns[index];
        found[0] = &column->valid;
        found[1] = &column->offsets;
        found[2] = &column->values;
    }
    *size = found[which % 3]->size;
    return found[which % 3]->bytes;
}

/* Forget the rows, keep the space. */
EXPORT void nacre_clear(program *program) {
    for (int32_t i = 0; i < program->table_count; i++) program->tables[i]->rows_before = 0;
    take_back(program);
}
