/* The reference: two columns of every device by GETBULK through net-snmp's asynchronous interface.
 *
 *   client ADDRESS DEVICES PORT LINES ROUNDS VERSION USER AUTH PRIV PARALLEL
 *
 * Sessions are opened before the clock starts; prints "counters sum cpu_seconds wall_seconds" of
 * each round. Nothing is computed or stored.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/time.h>

static oid columns[2][11] = {{1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6}, {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 10}};
static netsnmp_session **sessions;
static int next, active, count, lines, stage[65536], failed;
static unsigned long counters, sum;

static int on_reply(int operation, netsnmp_session *s, int id, netsnmp_pdu *pdu, void *magic);

static void ask(long n) {
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
    pdu->non_repeaters = 0;
    pdu->max_repetitions = lines < 50 ? lines : 50;
    snmp_add_null_var(pdu, columns[stage[n]], 11);
    if (!snmp_async_send(sessions[n], pdu, on_reply, (void *)n)) {
        snmp_free_pdu(pdu);
        failed++;
        active--;
    }
}

static int on_reply(int operation, netsnmp_session *s, int id, netsnmp_pdu *pdu, void *magic) {
    long n = (long)magic;
    (void)s;
    (void)id;
    if (operation == NETSNMP_CALLBACK_OP_TIMED_OUT || operation == NETSNMP_CALLBACK_OP_SEND_FAILED) {
        failed++;
        active--;
    }
    if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || pdu->command != SNMP_MSG_RESPONSE)
        return 1; /* a report: the library asks again by itself */
    for (netsnmp_variable_list *v = pdu->variables; v; v = v->next_variable)
        if (v->type == ASN_COUNTER64 && v->name[10] == columns[stage[n]][10]) {
            counters++;
            sum += (v->val.counter64->high << 31 << 1) + v->val.counter64->low;
        }
    if (++stage[n] < 2) ask(n);
    else active--;
    return 1;
}

static void run_round(int parallel) {
    netsnmp_large_fd_set set;
    netsnmp_large_fd_set_init(&set, count + 64);
    for (next = active = 0; next < count || active;) {
        for (; next < count && active < parallel; next++) {
            stage[next] = 0;
            active++;
            ask(next);
        }
        int fds = 0, block = 1;
        struct timeval wait;
        NETSNMP_LARGE_FD_ZERO(&set);
        snmp_select_info2(&fds, &set, &wait, &block);
        fds = netsnmp_large_fd_set_select(fds, &set, NULL, NULL, block ? NULL : &wait);
        if (fds > 0) snmp_read2(&set);
        else snmp_timeout();
    }
    netsnmp_large_fd_set_cleanup(&set);
}

static double cpu(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static double wall(void) {
    struct timeval t;
    gettimeofday(&t, NULL);
    return t.tv_sec + t.tv_usec / 1e6;
}

static netsnmp_session *open_session(uint32_t address, char **argv) {
    static u_char keys[2][USM_AUTH_KU_LEN];
    static size_t sizes[2];
    netsnmp_session s;
    char peer[64];
    u_char engine[9] = {0x80, 0, 0x1f, 0x88, 4};
    uint32_t raw = htonl(address);
    struct in_addr in = {raw};
    snmp_sess_init(&s);
    snprintf(peer, sizeof peer, "udp:%s:%s", inet_ntoa(in), argv[3]);
    s.peername = peer;
    s.timeout = 2000000;
    s.retries = 1;
    if (argv[6][0] != '3') {
        s.version = SNMP_VERSION_2c;
        s.community = (u_char *)"public";
        s.community_len = 6;
        return snmp_open(&s);
    }
    memcpy(engine + 5, &raw, 4);
    s.version = SNMP_VERSION_3;
    s.flags |= SNMP_FLAGS_DONT_PROBE;
    s.securityName = argv[7];
    s.securityNameLen = strlen(argv[7]);
    s.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    s.securityEngineID = s.contextEngineID = engine;
    s.securityEngineIDLen = s.contextEngineIDLen = sizeof engine;
    s.securityAuthProto = usmHMACSHA1AuthProtocol;
    s.securityAuthProtoLen = USM_AUTH_PROTO_SHA_LEN;
    s.securityPrivProto = usmAESPrivProtocol;
    s.securityPrivProtoLen = USM_PRIV_PROTO_AES_LEN;
    for (int i = 0; !sizes[1] && i < 2; i++) {
        sizes[i] = USM_AUTH_KU_LEN;
        generate_Ku(s.securityAuthProto, s.securityAuthProtoLen, (u_char *)argv[8 + i],
                    strlen(argv[8 + i]), keys[i], &sizes[i]);
    }
    memcpy(s.securityAuthKey, keys[0], s.securityAuthKeyLen = sizes[0]);
    memcpy(s.securityPrivKey, keys[1], s.securityPrivKeyLen = sizes[1]);
    return snmp_open(&s);
}

int main(int argc, char **argv) {
    if (argc != 11) return 2;
    struct rlimit files = {65536, 65536};
    setrlimit(RLIMIT_NOFILE, &files);
    uint32_t address = ntohl(inet_addr(argv[1]));
    init_snmp("client");
    count = atoi(argv[2]);
    lines = atoi(argv[4]);
    sessions = calloc(count, sizeof *sessions);
    for (int i = 0; i < count; i++)
        if (!(sessions[i] = open_session(address + i, argv))) return 3;
    for (int round = atoi(argv[5]); round; round--) {
        double used = cpu(), began = wall();
        counters = sum = failed = 0;
        run_round(atoi(argv[10]));
        printf("%lu %lu %d %.4f %.4f\n", counters, sum, failed, cpu() - used, wall() - began);
        fflush(stdout);
    }
    return 0;
}
