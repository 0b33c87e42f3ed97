// The streaming calls alone: behind the one-shot ones is the EVP layer, which would bring three megabytes of ciphers into
// the executable. They get names that no library has.
#define OPENSSL_SUPPRESS_DEPRECATED
#define SHA1 ccrypto_refused_SHA1
#define SHA224 ccrypto_refused_SHA224
#define SHA256 ccrypto_refused_SHA256
#define SHA384 ccrypto_refused_SHA384
#define SHA512 ccrypto_refused_SHA512
#include <openssl/sha.h>
#undef SHA1
#undef SHA224
#undef SHA256
#undef SHA384
#undef SHA512
