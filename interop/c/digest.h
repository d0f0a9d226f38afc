/* The SHA-1 and the hexadecimal digits of bytes. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

#include <openssl/sha.h>

#define SHA1_DIGITS (2 * SHA_DIGEST_LENGTH)

/* Writes two lower-case digits for each byte, and a NUL. */
static inline char *hex(const void *data, size_t size, char *digits)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        digits[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        digits[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    digits[2 * size] = '\0';
    return digits;
}

/* Writes the 40 digits of the data's SHA-1, and a NUL. */
static inline char *sha1(const void *data, size_t size, char digits[SHA1_DIGITS + 1])
{
    unsigned char digest[SHA_DIGEST_LENGTH];
    return hex(SHA1(data, size, digest), sizeof digest, digits);
}

#endif
