/* mix.h: the hash of maps: seeded, one wide multiplication per 16 bytes, in the manner of wyhash (Wang Yi).
 *
 * A product is 0 when a factor is, whatever the other. So both factors depend on the seed, which nobody who chooses keys knows, and not in the same way:
 * a constant in place of one would let keys be chosen that all hash alike. */
#pragma once
#include <stdint.h>
#include <string.h>

static const uint64_t mix_k0 = 0x8bb84b93962eacc9, mix_k1 = 0x4b33a62ed433d4a3, mix_k2 = 0x9e3779b97f4a7c55;

static inline uint64_t mix_mul(uint64_t a, uint64_t b) {
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t mix_u64(uint64_t v, uint64_t seed) {
    return mix_mul(v ^ seed, mix_k0 ^ (seed >> 32));
}

static inline uint64_t mix_read8(const char *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint64_t mix_read4(const char *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static inline uint64_t mix_bytes(const char *p, uint64_t n, uint64_t seed) {
    uint64_t a, b, h = seed ^ mix_k2, secret = (seed << 32 | seed >> 32) ^ mix_k0;
    if (n <= 16) {
        if (n >= 8) {
            a = mix_read8(p);
            b = mix_read8(p + n - 8);
        } else if (n >= 4) {
            a = mix_read4(p);
            b = mix_read4(p + n - 4);
        } else if (n) {
            a = (uint64_t)(uint8_t)p[0] << 16 | (uint64_t)(uint8_t)p[n / 2] << 8 | (uint8_t)p[n - 1];
            b = 0;
        } else {
            a = b = 0;
        }
    } else {
        uint64_t left = n, h2 = seed ^ mix_k1;
        for (; left > 32; left -= 32, p += 32) {
            h = mix_mul(mix_read8(p) ^ secret, mix_read8(p + 8) ^ h);
            h2 = mix_mul(mix_read8(p + 16) ^ secret, mix_read8(p + 24) ^ h2);
        }
        h ^= h2;
        if (left > 16)
            h = mix_mul(mix_read8(p) ^ secret, mix_read8(p + 8) ^ h);
        a = mix_read8(p + left - 16);
        b = mix_read8(p + left - 8);
    }
    return mix_mul(mix_k1 ^ n, mix_mul(a ^ secret, b ^ h));
}
