/* literal.c: numbers, runes and strings that are not plain: escapes, separators, prefixes, exponents, and everything malformed.
 *
 * Messages, and the column each points at, are those of Go's compiler, because people search for them. One error a literal, but
 * for strings, where each bad escape is reported. */
#include "syntax/syntax_impl.h"
#include "utf8.h"
#include <string.h>

static const char *base_name(int base) {
    return base == 2 ? "binary" : base == 8 ? "octal" : base == 10 ? "decimal" : "hexadecimal";
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_hex(char c) { return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f'); }

typedef struct NumberScan {
    const char *s;
    const char *invalid;    // first digit too big for the base, or NULL
    bool digits, separators;
} NumberScan;

// Takes digits and '_'. In bases up to 10 all decimal digits are taken, and the first too big one is remembered.
static void take_digits(NumberScan *n, int base) {
    for (;; n->s++) {
        char c = *n->s;
        if (c == '_') {
            n->separators = true;
        } else if (base <= 10 ? is_digit(c) : is_hex(c)) {
            if (base < 10 && c - '0' >= base && !n->invalid) n->invalid = n->s;
            n->digits = true;
        } else {
            return;
        }
    }
}

/* The first '_' that does not stand behind a digit (or a base prefix) and before one, or NULL. Of two in a row it is the second. */
static const char *bad_separator(const char *start, const char *end) {
    char p = (char)(end - start >= 2 && start[0] == '0' ? start[1] | 32 : 0);
    bool prefix = p == 'x' || p == 'o' || p == 'b', hex = p == 'x';
    for (const char *s = start; (s = memchr(s, '_', (size_t)(end - s))); s++) {
        bool after = s > start && (hex ? is_hex(s[-1]) : is_digit(s[-1]));
        if (prefix && s == start + 2) after = true;
        bool before = s + 1 < end && (s[1] == '_' || (hex ? is_hex(s[1]) : is_digit(s[1])));
        if (!after || !before) return s;
    }
    return NULL;
}

void literal_number(Lexer *lx, Literal *lit) {
    const char *start = lx->cur;
    NumberScan n = {.s = start};
    int base = 10;
    char prefix = 0;
    const char *what = NULL, *where = NULL;  // the first error
    lit->kind = LIT_INT;
#define FAIL(at, ...)                                                                              \
    do {                                                                                           \
        if (!what) {                                                                               \
            what = arena_printf(lx->sx->arena, __VA_ARGS__);                                       \
            where = (at);                                                                          \
        }                                                                                          \
    } while (0)

    if (*n.s != '.') {
        if (*n.s == '0') {
            n.s++;
            switch (*n.s | 32) {
            case 'x': base = 16, prefix = 'x', n.s++; break;
            case 'o': base = 8, prefix = 'o', n.s++; break;
            case 'b': base = 2, prefix = 'b', n.s++; break;
            default: base = 8, prefix = '0', n.digits = true; break;
            }
        }
        take_digits(&n, base);
        if (*n.s == '.' && (prefix == 'o' || prefix == 'b')) FAIL(n.s, "invalid radix point in %s literal", base_name(base));
    }
    if (*n.s == '.') {
        lit->kind = LIT_FLOAT;
        n.s++;
        take_digits(&n, base);
    }
    if (!n.digits) FAIL(n.s, "%s literal has no digits", base_name(base));
    char e = (char)(*n.s | 32);
    if (e == 'e' || e == 'p') {
        if (e == 'e' && prefix != 0 && prefix != '0') FAIL(n.s, "'%c' exponent requires decimal mantissa", *n.s);
        if (e == 'p' && prefix != 'x') FAIL(n.s, "'%c' exponent requires hexadecimal mantissa", *n.s);
        n.s++;
        lit->kind = LIT_FLOAT;
        if (*n.s == '+' || *n.s == '-') n.s++;
        n.digits = false;
        take_digits(&n, 10);
        if (!n.digits) FAIL(n.s, "exponent has no digits");
    } else if (prefix == 'x' && lit->kind == LIT_FLOAT) {
        FAIL(n.s, "hexadecimal mantissa requires a 'p' exponent");
    }
    if (*n.s == 'i') {
        lit->kind = LIT_IMAG;
        n.s++;
    }
    if (lit->kind == LIT_INT && n.invalid) FAIL(n.invalid, "invalid digit '%c' in %s literal", *n.invalid, base_name(base));
    if (n.separators) {
        const char *bad = bad_separator(start, n.s);
        if (bad) FAIL(bad, "'_' must separate successive digits");
    }
#undef FAIL
    if (what) diag_at(lx->sx->diags, lexer_pos(lx, where), E_LITERAL, "%s", what);
    lit->text = start;
    lit->len = (uint32_t)(n.s - start);
    lit->bad = what != NULL;
    lx->cur = n.s;
}

// The character at s as Go's %q shows it.
static const char *quote_char(Lexer *lx, const char *s) {
    if (*s == '\n') return "'\\n'";
    if (*s == '\t') return "'\\t'";
    if (*s == '\r') return "'\\r'";
    if (*s == '\'') return "'\\''";
    if ((unsigned char)*s < 32 || *s == 127) return arena_printf(lx->sx->arena, "'\\x%02x'", *s);
    uint32_t len;
    utf8_decode(s, (size_t)(lx->end - s), &len);
    return arena_printf(lx->sx->arena, "'%.*s'", (int)len, s);
}

// Scans the escape behind a backslash at *s and moves *s behind it, or to where it goes wrong.
static bool escape(Lexer *lx, const char **s, char quote) {
    int n, base;
    uint32_t max = 0x10FFFF;
    char c = **s;
    if (c == quote || (c && strchr("abfnrtv\\", c))) {
        ++*s;
        return true;
    }
    if (c >= '0' && c <= '7')
        n = 3, base = 8, max = 255;
    else if (c == 'x')
        n = 2, base = 16, max = 255, ++*s;
    else if (c == 'u')
        n = 4, base = 16, ++*s;
    else if (c == 'U')
        n = 8, base = 16, ++*s;
    else {
        if (*s >= lx->end) return true;  // the caller complains about the end
        diag_at(lx->sx->diags, lexer_pos(lx, *s), E_LITERAL, "unknown escape");
        return false;
    }
    uint32_t x = 0;
    for (; n > 0; n--, ++*s) {
        if (*s >= lx->end) return true;
        c = **s;
        uint32_t d = is_digit(c) ? (uint32_t)(c - '0') : is_hex(c) ? (uint32_t)((c | 32) - 'a' + 10) : 16;
        if (d >= (uint32_t)base) {
            diag_at(lx->sx->diags, lexer_pos(lx, *s), E_LITERAL, "invalid character %s in %s escape", quote_char(lx, *s),
                    base_name(base));
            return false;
        }
        x = x * (uint32_t)base + d;
    }
    if (base == 8 && x > max) {
        diag_at(lx->sx->diags, lexer_pos(lx, *s), E_LITERAL, "octal escape value %u > 255", x);
        return false;
    }
    if (x > max || (x >= 0xD800 && x < 0xE000)) {
        diag_at(lx->sx->diags, lexer_pos(lx, *s), E_LITERAL, "escape is invalid Unicode code point U+%04X", x);
        return false;
    }
    return true;
}

static void fail(Lexer *lx, const char *at, const char *what) {
    diag_at(lx->sx->diags, lexer_pos(lx, at), E_LITERAL, "%s", what);
}

// From behind the opening quote; returns where the rune ends.
static const char *scan_rune(Lexer *lx, const char *start, bool *ok) {
    const char *s = start + 1;
    for (int n = 0;; n++) {
        if (s >= lx->end) {
            if (*ok) fail(lx, start, "rune literal not terminated");
            *ok = false;
            return s;
        }
        if (*s == '\'') {
            if (*ok && n != 1) {
                if (n == 0)
                    fail(lx, s, "empty rune literal or unescaped '");
                else
                    fail(lx, start, "more than one character in rune literal");
                *ok = false;
            }
            return s + 1;
        }
        if (*s == '\n') {
            if (*ok) fail(lx, s, "newline in rune literal");
            *ok = false;
            return s;
        }
        if (*s == '\\') {
            s++;
            if (!escape(lx, &s, '\'')) *ok = false;
            continue;
        }
        uint32_t len;
        utf8_decode(s, (size_t)(lx->end - s), &len);
        s += len;
    }
}

static const char *scan_string(Lexer *lx, const char *start, bool *ok) {
    for (const char *s = start + 1;;) {
        if (s >= lx->end) {
            fail(lx, start, "string not terminated");
            *ok = false;
            return s;
        }
        if (*s == '"') return s + 1;
        if (*s == '\n') {
            fail(lx, s, "newline in string");
            *ok = false;
            return s;
        }
        if (*s == '\\') {
            s++;
            if (!escape(lx, &s, '"')) *ok = false;
        } else {
            s++;
        }
    }
}

void literal_quoted(Lexer *lx, Literal *lit) {
    const char *start = lx->cur, *end;
    bool ok = true;
    if (*start == '\'') {
        end = scan_rune(lx, start, &ok);
    } else if (*start == '"') {
        end = scan_string(lx, start, &ok);
    } else {
        end = memchr(start + 1, '`', (size_t)(lx->end - start - 1));
        if (end) {
            end++;
        } else {
            end = lx->end;
            ok = false;
            if (lx->part)
                lx->open = start;
            else
                fail(lx, start, "string not terminated");
        }
    }
    lit->text = start;
    lit->len = (uint32_t)(end - start);
    lit->kind = *start == '\'' ? LIT_RUNE : LIT_STRING;
    lit->bad = !ok;
    lx->cur = end;
}
