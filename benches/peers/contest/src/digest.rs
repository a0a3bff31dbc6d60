use serde_json::{Map, Value, json};

/// What was read in a few numbers for each column, by which contenders are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Digest(Vec<(String, Column)>);

/// A column in numbers. Strings are lists of bytes, which are numbers; what is missing counts nowhere, nor does what lies below it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Column {
    /// How many leaves there are: numbers, booleans, bytes of strings.
    pub count: u64,
    /// The lengths of all lists on all levels, and of all strings, together.
    pub lists: u64,
    /// The sum of those leaves that are finite.
    pub sum: f64,
    /// The sum of their absolute values: what the sum is exact by.
    pub magnitude: f64,
}

impl Column {
    /// Counts leaves.
    pub fn add(&mut self, leaves: impl IntoIterator<Item = f64>) {
        for leaf in leaves {
            self.count += 1;
            if leaf.is_finite() {
                self.sum += leaf;
                self.magnitude += leaf.abs();
            }
        }
    }

    /// Counts a list, or many.
    pub fn add_lists(&mut self, lengths: u64) {
        self.lists += lengths;
    }
}

impl Digest {
    /// Adds to a column, which is made if there is none of the name. Columns are looked for from the end.
    pub fn column(&mut self, name: &str) -> &mut Column {
        let position = self.0.iter().rposition(|(has, _)| has == name);
        let position = position.unwrap_or_else(|| {
            self.0.push((name.to_owned(), Column::default()));
            self.0.len() - 1
        });
        &mut self.0[position].1
    }

    /// Adds a column that is there once.
    pub fn push(&mut self, name: &str, column: Column) {
        self.0.push((name.to_owned(), column));
    }

    /// As `table.py` compares them.
    pub fn to_json(&self) -> Value {
        let columns = self.0.iter().map(|(name, column)| {
            let Column {
                count,
                lists,
                sum,
                magnitude,
            } = column;
            let numbers =
                json!({"count": count, "lists": lists, "sum": sum, "magnitude": magnitude});
            (name.clone(), numbers)
        });
        Value::Object(columns.collect::<Map<_, _>>())
    }
}
