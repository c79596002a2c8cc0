#include "program.h"

#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

/* FNV-1a */
static uint32_t hash_of(const uint8_t *key, int64_t size) {
    uint32_t hash = 2166136261u;
    for (int64_t i = 0; i < size; i++) hash = (hash ^ key[i]) * 16777619u;
    return hash;
}

static bool has_key(const node *node, const uint8_t *key, int64_t size) {
    return node->key_size == size && memcmp(node->key, key, (size_t)size) == 0;
}

static node *find_member(node *object, node *guess, const uint8_t *key, int64_t size) {
    if (guess && has_key(guess, key, size)) return guess;
    if (!object->slot_count) return NULL;
    uint32_t mask = (uint32_t)object->slot_count - 1;
    for (uint32_t at = hash_of(key, size) & mask; object->slots[at]; at = (at + 1) & mask)
        if (has_key(object->slots[at], key, size)) return object->slots[at];
    return NULL;
}

node *find_key(node *object, node *guess, const string_token *key, bool *out_of_memory) {
    if (!key->escaped) return find_member(object, guess, key->begin, key->end - key->begin);
    buffer text = {0};
    node *found = NULL;
    if (append_text(&text, key)) found = find_member(object, NULL, text.bytes, text.size);
    else *out_of_memory = true;
    free(text.bytes);
    return found;
}

static bool hash_members(node *object) {
    int32_t count = 4;
    while (count < 2 * object->member_count) count *= 2;
    node **slots = calloc((size_t)count, sizeof *slots);
    if (!slots) return false;
    for (int32_t i = 0; i < object->member_count; i++) {
        node *member = object->members[i];
        uint32_t at = hash_of(member->key, member->key_size) & ((uint32_t)count - 1);
        while (slots[at]) at = (at + 1) & ((uint32_t)count - 1);
        slots[at] = member;
    }
    free(object->slots);
    object->slots = slots;
    object->slot_count = count;
    return true;
}

/* The slot of a hash, or the empty one where it would be; there must be one. */
static uint64_t *slot_of(const key_set *set, uint64_t hash) {
    uint64_t at = hash & (uint64_t)(set->size - 1);
    while (set->slots[at] && set->slots[at] != hash) at = (at + 1) & (uint64_t)(set->size - 1);
    return &set->slots[at];
}

static bool widen_set(key_set *set) {
    key_set wider = {.size = set->size ? 2 * set->size : 64, .count = set->count};
    wider.slots = calloc((size_t)wider.size, sizeof *wider.slots);
    if (!wider.slots) return false;
    for (int64_t i = 0; i < set->size; i++)
        if (set->slots[i]) *slot_of(&wider, set->slots[i]) = set->slots[i];
    free(set->slots);
    *set = wider;
    return true;
}

bool is_new(key_set *set, int64_t object, const string_token *key, bool *out_of_memory) {
    if (2 * set->count >= set->size && !widen_set(set)) {
        *out_of_memory = true;
        return false;
    }
    /* FNV-1a, 64 bits, begun with the object's number; made odd, so that it is never an empty slot's 0 */
    uint64_t hash = 14695981039346656037u ^ (uint64_t)object * 0x9E3779B97F4A7C15u;
    for (place at = key->begin; at < key->end; at++) hash = (hash ^ *at) * 1099511628211u;
    uint64_t *slot = slot_of(set, hash | 1);
    if (*slot) return false;
    *slot = hash | 1;
    set->count++;
    return true;
}

void forget_keys(key_set *set) {
    if (set->count) memset(set->slots, 0, (size_t)set->size * sizeof *set->slots);
    set->count = 0;
}

/* Space for one more behind `count` things; NULL, and all as it was, where there is none to be had. */
static void *one_more(void *things, int64_t count, size_t size) {
    return realloc(things, (size_t)(count + 1) * size);
}

EXPORT program *nacre_program(void) { return calloc(1, sizeof(program)); }

/* Begins a table and returns its number, which is also that of the place of its documents or elements; -1: no memory. */
EXPORT int32_t nacre_add_table(program *program) {
    table *made = calloc(1, sizeof *made);
    table **tables = one_more(program->tables, program->table_count, sizeof *tables);
    if (tables) program->tables = tables;
    if (!made || !tables) {
        free(made);
        return -1;
    }
    made->rest = -1;
    program->tables[program->table_count] = made;
    return program->table_count++;
}

static bool init_column(column *column, int32_t type, int32_t flags) {
    column->type = (column_type)type;
    column->numeric_text = flags & 1;
    column->fractions = flags & 2;
    column->only_null = flags & 4;
    column->only_empty = flags & 8;
    column->only_scalars = flags & 64;
    if (!(flags & 16)) return true;
    column->items = calloc(1, sizeof *column);
    return column->items && init_column(column->items, type, flags & 3);
}

/* The next column of a table; flags: 1 numeric_text, 2 fractions, 4 only_null, 8 only_empty, 16 list, 32 rest,
 * 64 only_scalars. */
EXPORT int32_t nacre_add_column(program *program, int32_t number, int32_t type, int32_t flags) {
    table *table = program->tables[number];
    column *columns = one_more(table->columns, table->column_count, sizeof *columns);
    if (!columns) return -1;
    table->columns = columns;
    columns[table->column_count] = (column){0};
    if (!init_column(&columns[table->column_count], type, flags)) return -1;
    if (flags & 32) table->rest = table->column_count;
    return table->column_count++;
}

/* A member of the object at the place `parent` (-1 - number: the root of that table): of kind MEMBERS, COLUMN with the
 * column's index, ELEMENTS with the table's number, or AWAITED. Returns the number of its place, -1: no memory. */
EXPORT int32_t nacre_add_member(program *program, int32_t parent, const uint8_t *key, int32_t size, int32_t kind, int32_t target) {
    node *object = parent < 0 ? &program->tables[-1 - parent]->root : program->nodes[parent];
    node *made = calloc(1, sizeof *made);
    node **nodes = one_more(program->nodes, program->node_count, sizeof *nodes);
    if (nodes) program->nodes = nodes;
    node **members = one_more(object->members, object->member_count, sizeof *members);
    if (members) object->members = members;
    uint8_t *copy = malloc((size_t)size + 1);
    if (!made || !nodes || !members || !copy) {
        free(made);
        free(copy);
        return -1;
    }
    memcpy(copy, key, (size_t)size);
    *made = (node){.kind = (node_kind)kind, .key = copy, .key_size = size, .column = target};
    if (made->kind == ELEMENTS) made->elements = program->tables[target];
    object->members[object->member_count++] = made;
    program->nodes[program->node_count] = made;
    return hash_members(object) ? program->node_count++ : -1;
}

/* The object at a place has been money each time: both of these members of it stand there, or none. */
EXPORT void nacre_set_money(program *program, int32_t place, int32_t amount, int32_t currency) {
    node *object = place < 0 ? &program->tables[-1 - place]->root : program->nodes[place];
    object->amount = program->nodes[amount];
    object->currency = program->nodes[currency];
}

static void free_node(node *node) {
    free(node->key);
    free(node->members);
    free(node->slots);
}

EXPORT void nacre_free(program *program) {
    for (int32_t i = 0; i < program->node_count; i++) {
        free_node(program->nodes[i]);
        free(program->nodes[i]);
    }
    for (int32_t i = 0; i < program->table_count; i++) {
        table *table = program->tables[i];
        for (int32_t j = 0; j < table->column_count; j++) free_column(&table->columns[j]);
        free(table->columns);
        free(table->documents.bytes);
        free(table->parents.bytes);
        free(table->positions.bytes);
        free_node(&table->root);
        free(table);
    }
    free(program->unknown.slots);
    free(program->nodes);
    free(program->tables);
    free(program);
}
