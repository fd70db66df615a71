// What Swift cannot see of OpenSSL 3: its function-like macros, as functions.
// Each is the macro of the same name and documented on the man page named beside it.

#ifndef TROUPE_COPENSSL_SHIM_H
#define TROUPE_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/// SSL_CTX_set_min_proto_version(3): 1 on success.
static inline int COpenSSL_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

/// SSL_CTX_set_mode(3): the modes now set.
static inline long COpenSSL_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_mode(context, mode);
}

/// SSL_CTX_set_session_cache_mode(3): the mode before.
static inline long COpenSSL_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_session_cache_mode(context, mode);
}

/// SSL_CTX_add0_chain_cert(3): 1 on success, and then the context owns the certificate.
static inline int COpenSSL_SSL_CTX_add0_chain_cert(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

/// BIO_set_retry_read(3): says that a read which gave nothing may give something later.
static inline void COpenSSL_BIO_set_retry_read(BIO *bio) {
    BIO_set_retry_read(bio);
}

/// BIO_clear_retry_flags, described in BIO_should_retry(3).
static inline void COpenSSL_BIO_clear_retry_flags(BIO *bio) {
    BIO_clear_retry_flags(bio);
}

/// SSL_OP_NO_RENEGOTIATION, a macro with a cast (SSL_CTX_set_options(3)).
static inline uint64_t COpenSSL_SSL_OP_NO_RENEGOTIATION(void) {
    return SSL_OP_NO_RENEGOTIATION;
}

#endif
