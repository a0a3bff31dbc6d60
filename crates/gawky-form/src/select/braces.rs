//! Alternatives in braces: `a.{b,c}` is `a.b` and `a.c`.

use std::collections::HashSet;

use crate::FormError;

/// How many patterns one pattern may expand to.
const MAX_ALTERNATIVES: usize = 1024;

/// How many texts may be made on the way there: equal alternatives count once in the end, but cost time each.
const MAX_STEPS: usize = 64 * MAX_ALTERNATIVES;

/// All that `pattern` stands for, innermost braces first; a brace without its other half is itself.
pub(super) fn expand(pattern: &str) -> Result<Vec<String>, FormError> {
    let mut done = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![pattern.to_owned()];
    let mut steps = 0_usize;
    while let Some(text) = open.pop() {
        steps += 1;
        let Some((before, inside, after)) = innermost(&text) else {
            if seen.insert(text.clone()) {
                done.push(text);
            }
            continue;
        };
        let alternatives = inside.split(',').rev();
        open.extend(alternatives.map(|alternative| format!("{before}{alternative}{after}")));
        if open.len() + done.len() > MAX_ALTERNATIVES || steps > MAX_STEPS {
            return Err(FormError::TooManyAlternatives {
                column: pattern.to_owned(),
                limit: MAX_ALTERNATIVES,
            });
        }
    }
    Ok(done)
}

/// What is before, in and after the first braces that hold no braces.
fn innermost(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let end = text.get(from..)?.find('}')? + from;
        let head = text.get(..end)?;
        let start = head.get(from..)?.rfind('{').map(|start| start + from);
        if let Some(start) = start {
            return Some((
                text.get(..start)?,
                text.get(start + 1..end)?,
                text.get(end + 1..)?,
            ));
        }
        from = end + 1;
    }
}
