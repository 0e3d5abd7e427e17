/* A fast SNMP agent for benchmarks: many devices in one process, v1, v2c and v3.
 *
 *   agent ADDRESS DEVICES PORT LINES DELAY_MS DEAD USER AUTH PRIV
 *
 * Device n has the address ADDRESS + n. Replies wait DELAY_MS in a queue. SIGUSR1 prints what was
 * answered; SIGUSR2 lets the last DEAD devices fall silent, or speak again: they stay bound, so that
 * no ICMP shortens a timeout. SIGHUP puts the clocks of all devices ahead by an hour.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "table.h"
#include "usm.h"

#define LARGEST 65507
#define FRAME 1472 /* a GETBULK is filled up to one Ethernet frame */
#define QUEUE 65536
enum { GET = 0xa0, NEXT, RESPONSE, BULK = 0xa5, REPORT = 0xa8 };

typedef struct {
    int fd;
    keys keys;
} device;

typedef struct {
    double due;
    int fd, size;
    struct sockaddr_in to;
    u8 *data;
} waiting;

static device *devices;
static waiting queue[QUEUE];
static unsigned first, last;
static double began, delay;
static const char *user;
static volatile sig_atomic_t asked, over, turned, hurried;
static unsigned long answered, varbinds;
static reader asker; /* the user of the present request: a report names him, too */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static long uptime(void) { return 1000000 + (long)((now() - began) * 100); }

static u8 *copy_miss(u8 *out, const u8 *oid, int size, int tag) {
    u8 miss[128], *p = miss + sizeof miss, *stop = p;
    *--p = 0;
    *--p = tag;
    p = head(put(p, oid, size), 6, size);
    p = head(p, 0x30, stop - p);
    memcpy(out, p, stop - p);
    return out + (stop - p);
}

/* The answer to a PDU, written backwards from `end`; where it begins, or NULL. */
static u8 *answer(reader pdu, int kind, u8 *end, int bulk_limit) {
    static u8 space[LARGEST];
    u8 *out = space;
    long id = number(&pdu), skip = number(&pdu), repeat = number(&pdu), up = uptime();
    reader binds = take(&pdu, 0x30, 0);
    int heads[256], count = 0;
    while (!binds.bad && binds.at < binds.end && count < 256) {
        reader bind = take(&binds, 0x30, 0), oid = take(&bind, 6, 0);
        if (bind.bad) return 0;
        int size = oid.end - oid.at, at = find(oid.at, size, kind != GET);
        heads[count++] = at;
        if (kind == BULK && count > skip) continue;
        if (at < row_count && (kind != GET || (rows[at].oid_size == size &&
                                               !memcmp(rows[at].oid, oid.at, size)))) {
            out = copy_row(out, &rows[at], up);
            continue;
        }
        out = copy_miss(out, oid.at, size, kind == GET ? 0x81 : 0x82);
    }
    if (binds.bad || pdu.bad) return 0;
    const row *end_row = &rows[row_count - 1];
    for (long n = 0, more = 1; kind == BULK && more && n < repeat && out - space < bulk_limit; n++)
        for (int i = skip; i < count; i++) {
            more = heads[i] < row_count;
            out = more ? copy_row(out, &rows[heads[i]++], up)
                       : copy_miss(out, end_row->oid, end_row->oid_size, 0x82);
        }
    varbinds += count;
    u8 *p = head(put(end, space, out - space), 0x30, out - space);
    p = put_number(put_number(put_number(p, 0), 0), id);
    return head(p, RESPONSE, end - p);
}

static u8 *report(u8 *end, int counter, long id) {
    u8 oid[] = {0x2b, 6, 1, 6, 3, 15, 1, 1, counter, 0}, *p = end;
    *--p = 1;
    *--p = 1;
    *--p = 0x41;
    p = head(put(p, oid, sizeof oid), 6, sizeof oid);
    p = head(p, 0x30, end - p);
    p = head(p, 0x30, end - p);
    p = put_number(put_number(put_number(p, 0), 0), id);
    return head(p, REPORT, end - p);
}

static u8 *scope(const device *d, u8 *p, u8 *end) {
    p = put_octets(put_octets(p, "", 0), d->keys.engine, ENGINE_SIZE);
    return head(p, 0x30, end - p);
}

/* Close a message of v3 around its scoped PDU; `flags` 0 for a report in clear. */
static u8 *envelope(const device *d, u8 *p, u8 *end, long id, int flags, long seconds) {
    static u8 salt[8];
    u8 *digest = 0, bytes[20], f = flags;
    unsigned size;
    if (flags & 2) {
        for (int i = 7; i >= 0 && !++salt[i]; i--);
        crypt_body(&d->keys, 1, seconds, salt, p, end - p, 1);
        p = head(p, 4, end - p);
    }
    u8 *stop = p, *inner;
    p = put_octets(p, salt, flags & 2 ? 8 : 0);
    digest = p - 12;
    p = put_octets(p, "\0\0\0\0\0\0\0\0\0\0\0", flags ? 12 : 0);
    p = put_octets(p, asker.at, asker.end - asker.at);
    p = put_octets(put_number(put_number(p, seconds), 1), d->keys.engine, ENGINE_SIZE);
    p = head(p, 0x30, stop - p);
    p = inner = head(p, 4, stop - p);
    p = put_number(put_octets(put_number(p, 3), &f, 1), LARGEST);
    p = put_number(p, id);
    p = head(p, 0x30, inner - p);
    p = put_number(p, 3);
    p = head(p, 0x30, end - p);
    if (flags) {
        hmac(md, d->keys.auth, 20, p, end - p, bytes, &size);
        memcpy(digest, bytes, 12);
    }
    return p;
}

static u8 *message_v3(const device *d, reader r, u8 *whole, int whole_size, u8 *end) {
    reader global = take(&r, 0x30, 0), octets = take(&r, 4, 0), security = take(&octets, 0x30, 0);
    long id = number(&global), seconds = (long)(now() - began), boots, their;
    number(&global);
    reader flags = take(&global, 4, 0), engine = take(&security, 4, 0);
    boots = number(&security);
    their = number(&security);
    reader name = take(&security, 4, 0), digest = take(&security, 4, 0),
           salt = take(&security, 4, 0);
    if (r.bad || security.bad || global.bad) return 0;
    asker = name;
    if (engine.end - engine.at != ENGINE_SIZE || memcmp(engine.at, d->keys.engine, ENGINE_SIZE))
        return envelope(d, scope(d, report(end, 4, 0), end), end, id, 0, seconds);
    if (name.end - name.at != (long)strlen(user) || memcmp(name.at, user, strlen(user)))
        return envelope(d, scope(d, report(end, 3, 0), end), end, id, 0, seconds);
    u8 given[12], bytes[20];
    unsigned size;
    if (*flags.at % 4 != 3 || digest.end - digest.at != 12 || salt.end - salt.at != 8)
        return envelope(d, scope(d, report(end, 1, 0), end), end, id, 0, seconds);
    memcpy(given, digest.at, 12);
    memset((u8 *)digest.at, 0, 12);
    hmac(md, d->keys.auth, 20, whole, whole_size, bytes, &size);
    if (memcmp(given, bytes, 12))
        return envelope(d, scope(d, report(end, 5, 0), end), end, id, 0, seconds);
    if (boots != 1 || labs(their - seconds) > 150)
        return envelope(d, scope(d, report(end, 2, 0), end), end, id, 1, seconds);
    reader secret = take(&r, 4, 0), pdu;
    int kind;
    if (r.bad) return 0;
    crypt_body(&d->keys, boots, their, salt.at, (u8 *)secret.at, secret.end - secret.at, 0);
    reader scoped = take(&secret, 0x30, 0);
    take(&scoped, 4, 0);
    take(&scoped, 4, 0);
    pdu = take(&scoped, 0, &kind);
    u8 *p = scoped.bad ? 0 : answer(pdu, kind, end, FRAME - 320);
    return p ? envelope(d, scope(d, p, end), end, id, 3, seconds) : 0;
}

static u8 *message(const device *d, u8 *data, int size, u8 *end) {
    reader r = {data, data + size, 0}, body = take(&r, 0x30, 0);
    long version = number(&body);
    int kind;
    if (version == 3) return message_v3(d, body, data, size, end);
    reader community = take(&body, 4, 0), pdu = take(&body, 0, &kind);
    if (body.bad || version > 1) return 0;
    u8 *p = answer(pdu, kind, end, FRAME - 200);
    if (!p) return 0;
    p = put_octets(p, community.at, community.end - community.at);
    p = put_number(p, version);
    return head(p, 0x30, end - p);
}

static void serve(const device *d) {
    static u8 in[LARGEST], out[2 * LARGEST];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    int size;
    while ((size = recvfrom(d->fd, in, sizeof in, MSG_DONTWAIT, (void *)&from, &length)) > 0) {
        u8 *end = out + sizeof out, *p = message(d, in, size, end);
        if (!p) continue;
        answered++;
        if (delay <= 0) {
            sendto(d->fd, p, end - p, MSG_DONTWAIT, (void *)&from, length);
        } else if (last - first < QUEUE) {
            waiting *w = &queue[last++ % QUEUE];
            *w = (waiting){now() + delay, d->fd, end - p, from, malloc(end - p)};
            memcpy(w->data, p, end - p);
        }
    }
}

static void send_due(void) {
    double moment = now();
    for (; first != last && queue[first % QUEUE].due <= moment; first++) {
        waiting *w = &queue[first % QUEUE];
        sendto(w->fd, w->data, w->size, MSG_DONTWAIT, (void *)&w->to, sizeof w->to);
        free(w->data);
    }
}

static void on_signal(int which) {
    *(which == SIGUSR1   ? &asked
      : which == SIGUSR2 ? &turned
      : which == SIGHUP  ? &hurried
                         : &over) = 1;
}

/* Let the last devices fall silent, or speak again. */
static void turn(int poll, int from, int to) {
    static int silent;
    silent = !silent;
    for (int i = from; i < to; i++) {
        struct epoll_event event = {EPOLLIN, {.ptr = &devices[i]}};
        epoll_ctl(poll, silent ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, devices[i].fd, &event);
    }
}

static int open_device(uint32_t address, int port) {
    struct sockaddr_in at = {AF_INET, htons(port), {htonl(address)}, {0}};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    return bind(fd, (void *)&at, sizeof at) ? -1 : fd;
}

int main(int argc, char **argv) {
    if (argc != 10) return 2;
    int count = atoi(argv[2]), dead = atoi(argv[6]), poll = epoll_create1(0);
    uint32_t address = ntohl(inet_addr(argv[1]));
    struct rlimit files = {count + 64, count + 64};
    setrlimit(RLIMIT_NOFILE, &files);
    delay = atof(argv[5]) / 1000;
    user = argv[7];
    began = now();
    make_rows(atoi(argv[4]));
    int secure = usm_start(argv[8], argv[9]);
    devices = calloc(count, sizeof *devices);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {EPOLLIN, {.ptr = &devices[i]}};
        if (secure) make_keys(&devices[i].keys, htonl(address + i));
        if ((devices[i].fd = open_device(address + i, atoi(argv[3]))) < 0) return 3;
        epoll_ctl(poll, EPOLL_CTL_ADD, devices[i].fd, &event);
    }
    signal(SIGTERM, on_signal);
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, on_signal);
    signal(SIGHUP, on_signal);
    printf("ready %d v3 %d\n", count, secure);
    fflush(stdout);
    while (!over) {
        struct epoll_event events[256];
        double wait = first == last ? 1 : queue[first % QUEUE].due - now();
        int found = epoll_wait(poll, events, 256, wait < 0 ? 0 : (int)(wait * 1000 + 0.999));
        for (int i = 0; i < found; i++) serve(events[i].data.ptr);
        send_due();
        if (hurried) {
            hurried = 0;
            began -= 3600;
        }
        if (turned) {
            turned = 0;
            turn(poll, count - dead, count);
        }
        if (asked) {
            asked = 0;
            printf("answered %lu varbinds %lu\n", answered, varbinds);
            fflush(stdout);
        }
    }
    return 0;
}
