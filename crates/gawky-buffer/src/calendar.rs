//! Days and dates in the proleptic Gregorian calendar, counted from 1970-01-01.
//!
//! Years start in March here, so that the leap day is the last of its year; 400 years are one era of
//! 146,097 days. Wide integers, because NumPy's years reach to 2^63.

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i128 = 719_468;
const DAYS_OF_ERA: i128 = 146_097;

/// A day of the calendar; months and days count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i128,
    pub(crate) month: i128,
    pub(crate) day: i128,
}

impl Date {
    /// The date so many days after 1970-01-01.
    pub(crate) fn of_days(days: i128) -> Self {
        let days = days + EPOCH;
        let (era, day_of_era) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
        // Take the leap days out: one every 1,461 days but the last of a century, and one at the era's end.
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // From March on, five months take 153 days.
        let march_month = (5 * day_of_year + 2) / 153;
        let month = (march_month + 2) % 12 + 1;
        Self {
            year: era * 400 + year_of_era + i128::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
        }
    }

    /// The first day of the month so many months after 1970-01.
    pub(crate) fn of_months(months: i128) -> Self {
        Self {
            year: 1970 + months.div_euclid(12),
            month: months.rem_euclid(12) + 1,
            day: 1,
        }
    }

    /// Days after 1970-01-01.
    pub(crate) fn days(self) -> i128 {
        let march_year = self.year - i128::from(self.month <= 2);
        let (era, year_of_era) = (march_year.div_euclid(400), march_year.rem_euclid(400));
        let march_month = (self.month + 9) % 12;
        let day_of_year = (153 * march_month + 2) / 5 + self.day - 1;
        let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_OF_ERA + day_of_era - EPOCH
    }

    /// Months after 1970-01.
    pub(crate) fn months(self) -> i128 {
        (self.year - 1970) * 12 + self.month - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i128, month: i128, day: i128) -> Date {
        Date { year, month, day }
    }

    #[test]
    fn known_days() {
        for (days, known) in [
            (0, date(1970, 1, 1)),
            (-1, date(1969, 12, 31)),
            (11_016, date(2000, 2, 29)),
            (11_017, date(2000, 3, 1)),
            (47_540, date(2100, 2, 28)),
            (47_541, date(2100, 3, 1)),
            (-719_528, date(0, 1, 1)),
            (123_456_789, date(339_983, 3, 18)),
        ] {
            assert_eq!(Date::of_days(days), known);
            assert_eq!(known.days(), days);
        }
    }

    #[test]
    fn days_follow_one_another_for_an_era() {
        // An interpreter would take hours for all of them.
        let until = if cfg!(miri) { 1_500 } else { DAYS_OF_ERA };
        let mut before = Date::of_days(-1);
        for days in 0..until {
            let date = Date::of_days(days);
            assert_eq!(date.days(), days);
            let next_day = date.month == before.month && date.day == before.day + 1;
            let next_month = date.day == 1 && date.months() == before.months() + 1;
            assert!(next_day || next_month, "{before:?} {date:?}");
            before = date;
        }
    }

    #[test]
    fn months_count_from_1970() {
        assert_eq!(Date::of_months(-1), date(1969, 12, 1));
        assert_eq!(Date::of_months(5), date(1970, 6, 1));
        assert_eq!(Date::of_months(123_456_789).months(), 123_456_789);
    }
}
