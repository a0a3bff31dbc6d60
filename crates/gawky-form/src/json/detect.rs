//! Telling dialects apart.

use serde_json::{Map, Value};

use super::Dialect;

impl Dialect {
    /// In which dialect a form was printed, and whether verbosely.
    ///
    /// Where a form is spelled alike in both dialects, or alike verbosely and tersely, either answer prints
    /// it back.
    ///
    /// ```
    /// use gawky_form::Dialect;
    /// use serde_json::json;
    /// let old = json!({"class": "ListOffsetArray64", "offsets": "i64", "content": "int8"});
    /// assert_eq!(Dialect::detect(&old), (Dialect::V1, false));
    /// ```
    #[must_use]
    pub fn detect(form: &Value) -> (Self, bool) {
        let mut dialect = Self::V2;
        let mut verbose = true;
        let mut all_have_identities = true;
        let mut nodes = vec![form];
        while let Some(node) = nodes.pop() {
            let Value::Object(members) = node else {
                verbose = false;
                continue;
            };
            if is_v1(members) {
                dialect = Self::V1;
            }
            all_have_identities &= members.contains_key("has_identities");
            verbose &= members.contains_key("parameters") && members.contains_key("form_key");
            if members.get("class").and_then(Value::as_str) == Some("NumpyArray") {
                verbose &= members.contains_key("inner_shape");
            }
            for child in ["content", "form", "contents"] {
                match members.get(child) {
                    Some(Value::Array(contents)) => nodes.extend(contents),
                    Some(Value::Object(contents)) if child == "contents" => {
                        nodes.extend(contents.values());
                    }
                    Some(content @ (Value::Object(_) | Value::String(_))) => nodes.push(content),
                    _ => {}
                }
            }
        }
        (
            dialect,
            verbose && (dialect == Self::V2 || all_have_identities),
        )
    }
}

/// Whether a node has what only Awkward 1 writes.
fn is_v1(members: &Map<String, Value>) -> bool {
    let class = members
        .get("class")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let old_members = ["has_identities", "itemsize", "format", "has_length"];
    class.ends_with("32")
        || class.ends_with("64")
        || (class == "RecordArray" && !members.contains_key("fields"))
        || old_members
            .iter()
            .any(|member| members.contains_key(*member))
}
