//! Names that are called most like one that there is not.

/// The names that there are, separated by commas, for one who asked for another: of many those that are called most like
/// it, and how many more there are. `None` where there are no names.
///
/// ```
/// let names = ["pt".to_owned(), "eta".to_owned()];
/// assert_eq!(gawky_form::most_alike("Pt", &names).as_deref(), Some("pt, eta"));
/// ```
#[must_use]
pub fn most_alike(name: &str, names: &[String]) -> Option<String> {
    const SHOWN: usize = 10;
    const COMPARED: usize = 10_000;
    if names.is_empty() {
        return None;
    }
    let mut shown: Vec<&str> = names.iter().map(String::as_str).collect();
    if names.len() > SHOWN {
        shown.truncate(COMPARED);
        shown.sort_by_cached_key(|other| differences(name, other));
        shown.truncate(SHOWN);
    }
    let more = match names.len() - shown.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!("{}{more}", shown.join(", ")))
}

/// How many letters are to be put in, taken out or changed to make one name of the other, small letters or capital ones;
/// of long names, how they begin counts.
fn differences(one: &str, other: &str) -> usize {
    const LETTERS: usize = 64;
    let letters = |name: &str| -> Vec<char> {
        let letters = name.chars().flat_map(char::to_lowercase);
        letters.take(LETTERS).collect()
    };
    let (one, other) = (letters(one), letters(other));
    // Of each beginning of `other`, to what has been seen of `one`.
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut before = at;
        let mut left = at + 1;
        for (slot, wanted) in other.iter().enumerate() {
            let above = row.get(slot + 1).copied().unwrap_or(usize::MAX - 1);
            let changed = before + usize::from(letter != wanted);
            let least = changed.min(above + 1).min(left + 1);
            before = above;
            if let Some(cell) = row.get_mut(slot) {
                *cell = left;
            }
            left = least;
        }
        if let Some(cell) = row.last_mut() {
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}
