/* Elements of one dtype to elements of another, by the table of gawky-buffer's `cast`.
 *
 * FROM and TO are names of the table below; PAIR_TO says that TO is the real part of a complex number, with 0 after
 * it, PAIR_FROM that both parts of one become one boolean. PACK elements are read and written in one go, 16 bytes on
 * the wider side. */

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

typedef u8 Raw_BOOL;
typedef i8 Raw_I8;
typedef i16 Raw_I16;
typedef i32 Raw_I32;
typedef i64 Raw_I64;
typedef u8 Raw_U8;
typedef u16 Raw_U16;
typedef u32 Raw_U32;
typedef u64 Raw_U64;
typedef u16 Raw_F16;
typedef u32 Raw_F32;
typedef u64 Raw_F64;
typedef i64 Raw_TICKS;

/* What each is on the way: signed, unsigned, the bits of a float or of a double, ticks. */
#define WAY_BOOL U
#define WAY_I8 S
#define WAY_I16 S
#define WAY_I32 S
#define WAY_I64 S
#define WAY_U8 U
#define WAY_U16 U
#define WAY_U32 U
#define WAY_U64 U
#define WAY_F16 F
#define WAY_F32 F
#define WAY_F64 D
#define WAY_TICKS T

#define LOAD_PLAIN(NAME, WAY) INLINE WAY load_##NAME(Raw_##NAME raw) { return (WAY)raw; }
INLINE u64 load_BOOL(u8 raw) { return raw != 0; }
LOAD_PLAIN(I8, i64)
LOAD_PLAIN(I16, i64)
LOAD_PLAIN(I32, i64)
LOAD_PLAIN(I64, i64)
LOAD_PLAIN(TICKS, i64)
LOAD_PLAIN(U8, u64)
LOAD_PLAIN(U16, u64)
LOAD_PLAIN(U32, u64)
LOAD_PLAIN(U64, u64)
LOAD_PLAIN(F32, u32)
LOAD_PLAIN(F64, u64)
INLINE u32 load_F16(u16 raw) { return float_of_half(raw); }

/* Integers wrap; floats are cut off towards zero and stop at the ends, of which BEYOND is the first float past the
 * upper one; NaN is 0. C leaves open what an out-of-range float becomes, so none is converted. */
#define STORE_INTEGER(NAME, LOW, HIGH, BEYOND) \
    INLINE Raw_##NAME store_##NAME##_S(i64 value) { return (Raw_##NAME)value; } \
    INLINE Raw_##NAME store_##NAME##_T(i64 value) { return (Raw_##NAME)value; } \
    INLINE Raw_##NAME store_##NAME##_U(u64 value) { return (Raw_##NAME)value; } \
    INLINE Raw_##NAME store_##NAME##_F(u32 bits) { \
        float value = float_of(bits); \
        if (value >= (float)(BEYOND)) return (HIGH); \
        if (value > (float)(LOW)) return (Raw_##NAME)value; \
        return value <= (float)(LOW) ? (LOW) : 0; \
    } \
    INLINE Raw_##NAME store_##NAME##_D(u64 bits) { \
        double value = double_of(bits); \
        if (value >= (BEYOND)) return (HIGH); \
        if (value > (double)(LOW)) return (Raw_##NAME)value; \
        return value <= (double)(LOW) ? (LOW) : 0; \
    }
STORE_INTEGER(I8, -128, 127, 128.0)
STORE_INTEGER(I16, -32768, 32767, 32768.0)
STORE_INTEGER(I32, -2147483647 - 1, 2147483647, 2147483648.0)
STORE_INTEGER(I64, -9223372036854775807ll - 1, 9223372036854775807ll, 9223372036854775808.0)
STORE_INTEGER(U8, 0, 255, 256.0)
STORE_INTEGER(U16, 0, 65535, 65536.0)
STORE_INTEGER(U32, 0, 4294967295u, 4294967296.0)
STORE_INTEGER(U64, 0, 18446744073709551615ull, 18446744073709551616.0)

/* NaN is true, as is not-a-time. */
INLINE u8 store_BOOL_S(i64 value) { return value != 0; }
INLINE u8 store_BOOL_T(i64 value) { return value != 0; }
INLINE u8 store_BOOL_U(u64 value) { return value != 0; }
INLINE u8 store_BOOL_F(u32 bits) { return bits << 1 != 0; }
INLINE u8 store_BOOL_D(u64 bits) { return bits << 1 != 0; }

/* Not-a-time, which is not a number either. */
#define NAT (-9223372036854775807ll - 1)

INLINE u16 store_F16_S(i64 value) { return half_of_double(double_bits((double)value)); }
INLINE u16 store_F16_U(u64 value) { return half_of_double(double_bits((double)value)); }
INLINE u16 store_F16_T(i64 ticks) { return ticks == NAT ? 0x7e00 : store_F16_S(ticks); }
INLINE u16 store_F16_F(u32 bits) { return half_of_float(bits); }
INLINE u16 store_F16_D(u64 bits) { return half_of_double(bits); }

INLINE u32 store_F32_S(i64 value) { return float_bits((float)value); }
INLINE u32 store_F32_U(u64 value) { return float_bits((float)value); }
INLINE u32 store_F32_T(i64 ticks) { return ticks == NAT ? 0x7fc00000 : store_F32_S(ticks); }
INLINE u32 store_F32_F(u32 bits) { return bits; }
INLINE u32 store_F32_D(u64 bits) { return narrowed(bits); }

INLINE u64 store_F64_S(i64 value) { return double_bits((double)value); }
INLINE u64 store_F64_U(u64 value) { return double_bits((double)value); }
INLINE u64 store_F64_T(i64 ticks) { return ticks == NAT ? 0x7ff8000000000000ull : store_F64_S(ticks); }
INLINE u64 store_F64_F(u32 bits) { return widened(bits); }
INLINE u64 store_F64_D(u64 bits) { return bits; }

INLINE i64 store_TICKS_S(i64 value) { return value; }
INLINE i64 store_TICKS_U(u64 value) { return (i64)value; }
INLINE i64 store_TICKS_F(u32 bits) { return bits << 1 > 0xff000000u ? NAT : store_I64_F(bits); }
INLINE i64 store_TICKS_D(u64 bits) { return bits << 1 > 0xffe0000000000000ull ? NAT : store_I64_D(bits); }

INLINE JOIN(Raw_, TO) converted(JOIN(Raw_, FROM) raw) {
    return JOIN(JOIN(JOIN(store_, TO), _), JOIN(WAY_, FROM))(JOIN(load_, FROM)(raw));
}

#ifdef PAIR_FROM
typedef struct { JOIN(Raw_, FROM) re, im; } From;
#else
typedef JOIN(Raw_, FROM) From;
#endif
#ifdef PAIR_TO
typedef struct { JOIN(Raw_, TO) re, im; } To;
#else
typedef JOIN(Raw_, TO) To;
#endif

INLINE To element(From from) {
#if defined(PAIR_FROM)
    return converted(from.re) | converted(from.im);
#elif defined(PAIR_TO)
    To to;
    to.re = converted(from);
    to.im = 0;
    return to;
#else
    return converted(from);
#endif
}

typedef u8 Word_1;
typedef u16 Word_2;
typedef u32 Word_4;
typedef u64 Word_8;
typedef Wide Word_16;

/* What is on the way is kept in words of FROM_WORD and TO_WORD bytes: element by element it would take four times as
 * many registers. */
typedef union { JOIN(Word_, FROM_WORD) word; From each[PACK]; } FromPack;
typedef union { JOIN(Word_, TO_WORD) word; To each[PACK]; } ToPack;

INLINE JOIN(Word_, TO_WORD) converted_word(JOIN(Word_, FROM_WORD) word) {
    FromPack taken;
    ToPack given;
    taken.word = word;
#pragma unroll
    for (u32 k = 0; k < PACK; k++) given.each[k] = element(taken.each[k]);
    return given.word;
}

/* The first `packs` times PACK elements are done in one go each: none where `from` is not aligned for it. */
KERNEL cast(const From *__restrict__ from, To *__restrict__ out, u64 elements, u64 packs) {
    const JOIN(Word_, FROM_WORD) *from_word = (const JOIN(Word_, FROM_WORD) *)from;
    JOIN(Word_, TO_WORD) *out_word = (JOIN(Word_, TO_WORD) *)out;
    for (ROUNDS(i, packs)) {
        JOIN(Word_, FROM_WORD) taken[AT_ONCE];
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < packs) taken[k] = from_word[place(i, k)];
        }
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < packs) out_word[place(i, k)] = converted_word(taken[k]);
        }
    }
    for (u64 i = packs * PACK + own_place(); i < elements; i += all_threads()) out[i] = element(from[i]);
}
