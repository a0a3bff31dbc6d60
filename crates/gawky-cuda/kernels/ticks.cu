/* Ticks of one unit to ticks of another: gawky-buffer's `TickChange` and its calendar, word for word in 128 bits. */

typedef __int128 i128;

#define NAT (-9223372036854775807ll - 1)

/* Rounded down; the divisor is positive. */
INLINE i128 floor_of(i128 a, i128 b) {
    /* What fits in 64 bits is divided there, which is many times faster. */
    if (a == (i64)a && b == (i64)b) {
        i64 narrow = (i64)a / (i64)b;
        return narrow - ((i64)a % (i64)b < 0);
    }
    i128 quotient = a / b;
    return quotient - (a - quotient * b < 0);
}

/* `value * numerator / denominator`, rounded down; 0 and `failed` where the product is too great, which `most` is the
 * greatest value for which it is not. */
INLINE i128 times(i128 value, i128 numerator, i128 denominator, i128 most, u32 *failed) {
    if (value > most || value < -most) {
        *failed = 1;
        return 0;
    }
    return floor_of(value * numerator, denominator);
}

/* Days from 0000-03-01, with which years begin here, to 1970-01-01, and those of 400 years. */
#define EPOCH 719468
#define ERA 146097

INLINE i128 days_of_months(i128 months) {
    i128 year = 1970 + floor_of(months, 12);
    i64 month = (i64)(months - floor_of(months, 12) * 12) + 1;
    i128 march_year = year - (month <= 2);
    i128 era = floor_of(march_year, 400);
    i64 year_of_era = (i64)(march_year - era * 400);
    i64 day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    return era * ERA + (365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year) - EPOCH;
}

INLINE i128 months_of_days(i128 days) {
    days += EPOCH;
    i128 era = floor_of(days, ERA);
    i64 day = (i64)(days - era * ERA);
    i64 year_of_era = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    i64 march_month = (5 * (day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100)) + 2) / 153;
    i64 month = (march_month + 2) % 12 + 1;
    return (era * 400 + year_of_era + (month <= 2) - 1970) * 12 + month - 1;
}

INLINE i128 both(u64 low, u64 high) {
    return (i128)((unsigned __int128)high << 64 | low);
}

/* How ticks change. */
#define RATIO 0      /* times a fraction */
#define TO_DAYS 1    /* times months, their days times a fraction */
#define TO_MONTHS 2  /* times a fraction to days, their months by months */

/* What does not fit becomes not-a-time, and the first such place is told. Fraction and `most` come in two words. */
KERNEL ticks(const i64 *__restrict__ from, i64 *__restrict__ out, u64 count, u64 kind, u64 months, u64 numerator_low,
             u64 numerator_high, u64 denominator_low, u64 denominator_high, u64 most_low, u64 most_high,
             u64 *answer) {
    i128 numerator = both(numerator_low, numerator_high), denominator = both(denominator_low, denominator_high);
    i128 most = both(most_low, most_high);
    u64 first = ~0ull;
    for (u64 i = own_place(); i < count; i += all_threads()) {
        i64 given = from[i];
        u32 failed = 0;
        i128 value = given;
        if (kind == TO_DAYS) value = days_of_months(value * (i128)months);
        value = times(value, numerator, denominator, most, &failed);
        if (kind == TO_MONTHS) value = floor_of(months_of_days(value), (i128)months);
        failed |= value != (i64)value || (i64)value == NAT;
        if (given == NAT) failed = 0;
        out[i] = given == NAT || failed ? NAT : (i64)value;
        if (failed && i < first) first = i;
    }
    if (first != ~0ull) atomicMin(answer, first);
}
