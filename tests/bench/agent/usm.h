/* SNMPv3 of the agent: authPriv with SHA-1 and AES-128, by the OpenSSL library that is there. */
#ifndef USM_H
#define USM_H
#include <dlfcn.h>
#include "ber.h"

#define ENGINE_SIZE 9

typedef struct {
    u8 engine[ENGINE_SIZE], auth[20], priv[20];
} keys;

static u8 *(*sha1)(const u8 *, size_t, u8 *);
static u8 *(*hmac)(const void *, const void *, int, const u8 *, size_t, u8 *, unsigned *);
static const void *(*evp_sha1)(void), *(*evp_aes)(void);
static void *(*ctx_new)(void);
static int (*cipher_init)(void *, const void *, void *, const u8 *, const u8 *, int);
static int (*cipher_update)(void *, u8 *, int *, const u8 *, int);
static const void *md, *aes;
static void *context;
static u8 auth_master[20], priv_master[20];

static void master(const char *password, u8 *key) {
    static u8 text[1048576];
    size_t length = strlen(password);
    for (size_t i = 0; i < sizeof text; i++) text[i] = password[i % length];
    sha1(text, sizeof text, key);
}

static int usm_start(const char *auth, const char *priv) {
    void *lib = dlopen("libcrypto.so.3", RTLD_NOW);
    if (!lib) lib = dlopen("libcrypto.so.1.1", RTLD_NOW);
    if (!lib) return 0;
    sha1 = dlsym(lib, "SHA1");
    hmac = dlsym(lib, "HMAC");
    evp_sha1 = dlsym(lib, "EVP_sha1");
    evp_aes = dlsym(lib, "EVP_aes_128_cfb128");
    ctx_new = dlsym(lib, "EVP_CIPHER_CTX_new");
    cipher_init = dlsym(lib, "EVP_CipherInit_ex");
    cipher_update = dlsym(lib, "EVP_CipherUpdate");
    md = evp_sha1();
    aes = evp_aes();
    context = ctx_new();
    master(auth, auth_master);
    master(priv, priv_master);
    return 1;
}

static void localize(const u8 *key, const u8 *engine, u8 *out) {
    u8 text[20 + ENGINE_SIZE + 20];
    memcpy(text, key, 20);
    memcpy(text + 20, engine, ENGINE_SIZE);
    memcpy(text + 20 + ENGINE_SIZE, key, 20);
    sha1(text, sizeof text, out);
}

static void make_keys(keys *k, uint32_t address) {
    static const u8 prefix[] = {0x80, 0, 0x1f, 0x88, 4};
    memcpy(k->engine, prefix, 5);
    memcpy(k->engine + 5, &address, 4);
    localize(auth_master, k->engine, k->auth);
    localize(priv_master, k->engine, k->priv);
}

static void crypt_body(const keys *k, uint32_t boots, uint32_t seconds, const u8 *salt, u8 *data,
                       int size, int encrypt) {
    u8 iv[16] = {boots >> 24, boots >> 16, boots >> 8, boots,
                 seconds >> 24, seconds >> 16, seconds >> 8, seconds};
    int out;
    memcpy(iv + 8, salt, 8);
    cipher_init(context, aes, 0, k->priv, iv, encrypt);
    cipher_update(context, data, &out, data, size);
}
#endif
