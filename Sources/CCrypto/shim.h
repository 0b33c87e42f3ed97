// The one-shot streaming calls alone: the EVP layer would bring three megabytes of ciphers into the executable.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
