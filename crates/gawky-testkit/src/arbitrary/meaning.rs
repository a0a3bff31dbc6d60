//! What values say, whatever they are kept as.

use gawky::Value;

/// Whether values are the same but for dtypes, the order of fields, and fields that are missing.
#[must_use]
pub fn says_the_same(before: &Value<'_>, after: &Value<'_>) -> bool {
    match (before, after) {
        (Value::Scalar(before), Value::Scalar(after)) => before.equals(*after, true),
        (Value::List(before), Value::List(after)) => {
            before.len() == after.len()
                && before
                    .iter()
                    .zip(after.iter())
                    .all(|(before, after)| says_the_same(&before, &after))
        }
        (Value::Record(before), Value::Record(after)) => {
            let (Some(names), Some(others)) = (before.names(), after.names()) else {
                return before.is_tuple() == after.is_tuple()
                    && after.values().enumerate().all(|(slot, after)| {
                        let before = before.at(slot).unwrap_or(Value::Null);
                        says_the_same(&before, &after)
                    });
            };
            let mut fields: Vec<_> = names.zip(before.values()).collect();
            for (name, after) in others.zip(after.values()) {
                let place = fields.iter().position(|(own, _)| *own == name);
                let before = place.map_or(Value::Null, |place| fields.remove(place).1);
                if !says_the_same(&before, &after) {
                    return false;
                }
            }
            fields.is_empty()
        }
        // No rows at all may be text.
        (Value::List(list), Value::Str(text)) | (Value::Str(text), Value::List(list)) => {
            list.is_empty() && text.is_empty()
        }
        (before, after) => before.equals(after, true),
    }
}
