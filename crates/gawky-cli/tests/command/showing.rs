//! `gawky show`.

use crate::stage::Stage;

#[test]
fn both_ends_are_shown_in_so_many_rows_and_columns() {
    let stage = Stage::with_events();
    for place in ["events", "events.safetensors", "events.npz", "blobs"] {
        assert_eq!(
            stage
                .gawky(&format!("show {place} --limit-rows 4 --limit-cols 20"))
                .well(),
            "[{run: 0, ...},\n {run: 1, ...},\n ...,\n {run: 9, ...}]\n"
        );
    }
    let narrow = stage
        .gawky("show events --limit-cols 1 --limit-rows 1")
        .well();
    assert_eq!(narrow, "[{...},\n ...]\n");
    assert_eq!(stage.gawky("show events").well().lines().count(), 10);
    let none = stage.gawky("show events --rows 3..3 --type").well();
    assert!(
        none.starts_with("type: 0 * {\n") && none.ends_with("}\n[]\n"),
        "{none}"
    );
}

#[test]
fn what_makes_no_sense_is_told() {
    let stage = Stage::with_events();
    for (line, told) in [
        ("show events --limit-rows 0", "say a whole number from 1 on"),
        ("show events --precision x", "say a whole number from 1 on"),
    ] {
        assert!(stage.gawky(line).failed(2).contains(told), "{line}");
    }
    let missing = stage.gawky("show events --select nothing").failed(1);
    assert!(missing.contains("nothing"), "{missing}");
    let precise = stage.gawky("show events --precision 99999999999").well();
    assert!(precise.contains("pt: 20.5"), "{precise}");
}
