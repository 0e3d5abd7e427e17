/* What every device shows: three columns and the system group, each row a finished varbind. */
#ifndef TABLE_H
#define TABLE_H
#include <stdio.h>
#include <stdlib.h>
#include "ber.h"

enum { FIXED, UPTIME, COUNTER };
#define START (1L << 40) /* six octets until 2^47 */

typedef struct {
    u8 oid[24], bind[96];
    int oid_size, bind_size, kind;
    long line; /* which counter */
} row;

static row *rows;
static int row_count;

/* Octets per hundredth of a second of a counter: with sysUpTime it is an exact oracle. */
static inline long pace(long line) { return 1000 + line % 97; }

static int encode_oid(u8 *out, const char *text) {
    long arcs[24];
    int count = 0, size = 0;
    for (char *at = (char *)text; *at; count++) {
        arcs[count] = strtol(at, &at, 10);
        if (*at == '.') at++;
    }
    for (int i = 1; i < count; i++) {
        unsigned long arc = i == 1 ? arcs[0] * 40 + arcs[1] : arcs[i];
        int shift = 28;
        while (shift && !(arc >> shift)) shift -= 7;
        for (; shift >= 0; shift -= 7) out[size++] = (arc >> shift & 0x7f) | (shift ? 0x80 : 0);
    }
    return size;
}

static void add_row(const char *oid, int tag, const void *value, int size, int kind, long line) {
    row *r = &rows[row_count++];
    u8 buffer[128], *end = buffer + sizeof buffer, *p = head(put(end, value, size), tag, size);
    r->oid_size = encode_oid(r->oid, oid);
    r->kind = kind;
    r->line = line;
    p = head(put(p, r->oid, r->oid_size), 6, r->oid_size);
    p = head(p, 0x30, end - p);
    r->bind_size = end - p;
    memcpy(r->bind, p, r->bind_size);
}

static int by_oid(const void *a, const void *b) {
    const row *x = a, *y = b;
    int least = x->oid_size < y->oid_size ? x->oid_size : y->oid_size;
    int order = memcmp(x->oid, y->oid, least);
    return order ? order : x->oid_size - y->oid_size;
}

static void make_rows(int lines) {
    static const u8 mikrotik[] = {0x2b, 6, 1, 4, 1, 0xf5, 0x0c, 1}, zeros[8];
    char oid[64], name[32];
    rows = calloc(3 * lines + 8, sizeof *rows);
    add_row("1.3.6.1.2.1.1.1.0", 4, "fast agent", 10, FIXED, 0);
    add_row("1.3.6.1.2.1.1.2.0", 6, mikrotik, sizeof mikrotik, FIXED, 0);
    add_row("1.3.6.1.2.1.1.3.0", 0x43, zeros, 4, UPTIME, 0);
    for (int i = 1; i <= lines; i++) {
        int size = snprintf(name, sizeof name, "<pppoe-line%05d>", i);
        snprintf(oid, sizeof oid, "1.3.6.1.2.1.31.1.1.1.1.%d", i);
        add_row(oid, 4, name, size, FIXED, 0);
        snprintf(oid, sizeof oid, "1.3.6.1.2.1.31.1.1.1.6.%d", i);
        add_row(oid, 0x46, zeros, 6, COUNTER, 2 * i);
        snprintf(oid, sizeof oid, "1.3.6.1.2.1.31.1.1.1.10.%d", i);
        add_row(oid, 0x46, zeros, 6, COUNTER, 2 * i + 1);
    }
    qsort(rows, row_count, sizeof *rows, by_oid);
}

/* First row whose OID is not less, or, when `after`, greater. Indexes stay below 16384, so the
   order of the encoded bytes is that of the OIDs. */
static int find(const u8 *oid, int size, int after) {
    row key;
    int low = 0, high = row_count;
    if (size > (int)sizeof key.oid) size = sizeof key.oid;
    memcpy(key.oid, oid, size);
    key.oid_size = size;
    while (low < high) {
        int middle = (low + high) / 2, order = by_oid(&rows[middle], &key);
        if (order < 0 || (after && !order)) low = middle + 1;
        else high = middle;
    }
    return low;
}

static inline u8 *copy_row(u8 *out, const row *r, long uptime) {
    memcpy(out, r->bind, r->bind_size);
    out += r->bind_size;
    if (r->kind == FIXED) return out;
    long value = r->kind == UPTIME ? uptime : START + uptime * pace(r->line);
    for (int i = 1; i <= (r->kind == UPTIME ? 4 : 6); i++, value >>= 8) out[-i] = value;
    return out;
}
#endif
