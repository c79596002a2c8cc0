/* What a document is read by: its known places, each with the column, the array's table or the members it leads to. */
#ifndef NACRE_PROGRAM_H
#define NACRE_PROGRAM_H

#include "columns.h"

typedef enum { MEMBERS, COLUMN, ELEMENTS, AWAITED } node_kind;

/* A known place. Which member follows another is guessed from the document before. */
typedef struct node {
    node_kind kind;
    uint8_t *key;
    int32_t key_size;
    int32_t column;         /* COLUMN: its index in the table */
    struct table *elements; /* ELEMENTS: the table of the array */
    int64_t seen_in;        /* the last object in which the member stood */
    struct node *next;      /* the member that followed last */
    struct node **members;  /* MEMBERS */
    int32_t member_count, slot_count;
    struct node **slots; /* the members by the hash of their key */
    struct node *first;  /* the member that came first last */
    struct node *amount, *currency; /* of an object that has been money each time */
} node;

typedef struct table {
    node root;
    column *columns;
    int32_t column_count;
    int32_t rest; /* the column for members without one of their own; -1 where there is none */
    int64_t rows, rows_before;
    buffer documents, parents, positions;
} table;

/* The keys without a place of their own that stood in the objects of a document, as hashes. */
typedef struct {
    uint64_t *slots;
    int64_t size, count;
} key_set;

typedef struct {
    table **tables;
    int32_t table_count;
    node **nodes;
    int32_t node_count;
    int64_t objects; /* how many were opened so far: each has a number of its own */
    key_set unknown;
    bool out_of_memory;
} program;

/* The member of an object by its key; NULL if it is not known, or there is no memory to read the key's escapes. `guess`
 * may be NULL. */
node *find_key(node *object, node *guess, const string_token *key, bool *out_of_memory);

/* Adds a key of an object; false where it, or one that looks like it, was there. */
bool is_new(key_set *set, int64_t object, const string_token *key, bool *out_of_memory);

void forget_keys(key_set *set);

#endif
