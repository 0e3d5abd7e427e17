/* BER as SNMP uses it: read forwards, write backwards. */
#ifndef BER_H
#define BER_H
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;

typedef struct {
    const u8 *at, *end;
    int bad;
} reader;

/* Body of the next TLV; the reader stands behind it. A wrong tag (other than 0) is bad. */
static inline reader take(reader *r, int tag, int *found) {
    reader body = {r->at, r->at, 1};
    if (r->bad || r->end - r->at < 2) { r->bad = 1; return body; }
    int have = r->at[0];
    size_t size = r->at[1];
    const u8 *at = r->at + 2;
    if (size & 0x80) {
        int count = size & 0x7f;
        if (count < 1 || count > 3 || r->end - at < count) { r->bad = 1; return body; }
        for (size = 0; count; count--) size = size << 8 | *at++;
    }
    if ((tag && have != tag) || (size_t)(r->end - at) < size) { r->bad = 1; return body; }
    if (found) *found = have;
    body = (reader){at, at + size, 0};
    r->at = at + size;
    return body;
}

static inline long number(reader *r) {
    reader body = take(r, 2, 0);
    long value = 0;
    if (body.bad || body.end - body.at > 8) { r->bad = 1; return 0; }
    while (body.at < body.end) value = value << 8 | *body.at++;
    return value;
}

static inline u8 *put(u8 *p, const void *data, size_t size) {
    return memcpy(p - size, data, size);
}

static inline u8 *head(u8 *p, int tag, size_t size) {
    if (size < 0x80) *--p = size;
    else if (size < 0x100) { *--p = size; *--p = 0x81; }
    else { *--p = size; *--p = size >> 8; *--p = 0x82; }
    *--p = tag;
    return p;
}

static inline u8 *put_number(u8 *p, unsigned long value) {
    u8 *end = p;
    do { *--p = value; value >>= 8; } while (value);
    if (*p & 0x80) *--p = 0;
    return head(p, 2, end - p);
}

static inline u8 *put_octets(u8 *p, const void *data, size_t size) {
    return head(put(p, data, size), 4, size);
}
#endif
