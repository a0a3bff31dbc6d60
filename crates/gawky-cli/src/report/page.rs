//! The page: one file, with its style and the few lines of script within it.

use std::fmt::Write;

use super::survey::{Exact, Numbers, Range, Seen, Survey};
use super::{Report, drawing};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a report.
pub(super) fn of(report: &Report) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{0}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
        escaped(&report.place)
    );
    html.push_str("<dl id=\"facts\">\n");
    for (name, value) in &report.facts {
        let _ = writeln!(html, "<dt>{name}</dt><dd>{}</dd>", escaped(value));
    }
    html.push_str("</dl>\n");
    section(
        &mut html,
        "bytes",
        "Bytes of each field",
        &drawing::treemap(&report.blocks),
    );
    if report.lengths.len() > 1 {
        let picture = drawing::partitions(&report.lengths);
        section(&mut html, "partitions", "Rows of each partition", &picture);
    }
    section(&mut html, "columns", "Columns", &table(&report.columns));
    let type_ = format!("<pre>{}</pre>\n", escaped(&report.type_));
    section(&mut html, "type", "Type", &type_);
    let _ = write!(
        html,
        "<footer>made by gawky {}</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    );
    html
}

fn section(html: &mut String, id: &str, title: &str, content: &str) {
    let _ = write!(
        html,
        "<section id=\"{id}\">\n<h2>{title}</h2>\n{content}</section>\n"
    );
}

/// A row for each node that has something to tell.
fn table(columns: &Survey) -> String {
    let mut html = String::from(
        "<input id=\"filter\" type=\"search\" placeholder=\"Show columns whose name has …\" aria-label=\"filter\">\n\
         <table>\n<thead><tr><th>column</th><th>what</th><th class=\"n\">values</th><th class=\"n\">missing</th>\
         <th class=\"n\">least</th><th class=\"n\">greatest</th><th class=\"n\">mean</th><th>spread</th></tr></thead>\n<tbody>\n",
    );
    rows(columns, &mut html);
    html.push_str("</tbody>\n</table>\n");
    html
}

fn rows(column: &Survey, html: &mut String) {
    match &column.seen {
        Seen::Count if !column.within.is_empty() => {}
        Seen::Count => row(html, column, &column.type_, &Cells::default()),
        Seen::ListsOf(size) => {
            row(html, column, &format!("lists of {size}"), &Cells::default());
        }
        Seen::Booleans(yes) => {
            let no = column.values - yes;
            let spread = format!("{} false, {} true", number(no), number(*yes));
            row(
                html,
                column,
                "bool",
                &Cells {
                    spread,
                    ..Cells::default()
                },
            );
        }
        Seen::Choices(choices) => {
            let alternatives = choices.iter().zip(&column.within);
            let spread = alternatives
                .map(|(count, of)| format!("{}: {}", escaped(&of.type_), number(*count)));
            let spread = spread.collect::<Vec<_>>().join("<br>");
            row(
                html,
                column,
                "which alternative",
                &Cells {
                    spread,
                    ..Cells::default()
                },
            );
        }
        Seen::Lengths(range) => {
            let what = match column.within.is_empty() {
                true => format!("bytes of {}", column.type_.trim_start_matches('?')),
                false => "lengths of lists".to_owned(),
            };
            row(
                html,
                column,
                &what,
                &Cells::of(
                    range,
                    column.values,
                    |at| format!("{at:.0}"),
                    Exact::to_string,
                ),
            );
        }
        Seen::Numbers(numbers) => row(
            html,
            column,
            &column.type_,
            &Cells::of_numbers(numbers, column),
        ),
    }
    for within in &column.within {
        rows(within, html);
    }
}

/// What stands in the last columns of a row.
#[derive(Default)]
struct Cells {
    least: String,
    greatest: String,
    mean: String,
    spread: String,
}

impl Cells {
    fn of(
        range: &Range,
        values: u64,
        edge: impl Fn(f64) -> String,
        exact: impl Fn(&Exact) -> String,
    ) -> Self {
        #[allow(
            clippy::cast_precision_loss,
            reason = "a mean is shown in a few digits"
        )]
        let mean = match values {
            0 => String::new(),
            values => short(range.sum / values as f64),
        };
        Self {
            least: range.least.as_ref().map(&exact).unwrap_or_default(),
            greatest: range.greatest.as_ref().map(&exact).unwrap_or_default(),
            mean,
            spread: match range.least == range.greatest {
                true if range.least.is_some() => {
                    "<span class=\"dim\">all the same</span>".to_owned()
                }
                _ => drawing::bars(&range.histogram.filled(), "bars", edge),
            },
        }
    }

    fn of_numbers(numbers: &Numbers, column: &Survey) -> Self {
        let outside = numbers.not_numbers + numbers.infinite;
        let on_a_line = column.values.saturating_sub(outside);
        let mut cells = match numbers.unit {
            None => Self::of(&numbers.range, on_a_line, short, Exact::to_string),
            Some(unit) => {
                let exact = |exact: &Exact| unit.exact(exact);
                let edge = |at: f64| unit.near(at);
                let mut cells = Self::of(&numbers.range, on_a_line, edge, exact);
                cells.mean.clear();
                cells
            }
        };
        for (count, what) in [
            (
                numbers.not_numbers,
                if numbers.unit.is_some() { "NaT" } else { "NaN" },
            ),
            (numbers.infinite, "infinite"),
        ] {
            if count > 0 {
                let _ = write!(
                    cells.spread,
                    "<span class=\"dim\"> {} {what}</span>",
                    number(count)
                );
            }
        }
        cells
    }
}

fn row(html: &mut String, column: &Survey, what: &str, cells: &Cells) {
    let path = match column.path.is_empty() {
        true => "(rows)",
        false => &column.path,
    };
    let _ = writeln!(
        html,
        "<tr data-column=\"{0}\"><td>{0}</td><td>{1}</td><td class=\"n\">{2}</td><td class=\"n\">{3}</td><td class=\"n\">{4}</td>\
         <td class=\"n\">{5}</td><td class=\"n\">{6}</td><td>{7}</td></tr>",
        escaped(path),
        escaped(what),
        number(column.values),
        number(column.missing),
        escaped(&cells.least),
        escaped(&cells.greatest),
        escaped(&cells.mean),
        cells.spread,
    );
}

/// A number in few digits.
fn short(value: f64) -> String {
    let magnitude = value.abs();
    match magnitude {
        0.0 => "0".to_owned(),
        1e-3..1e6 => {
            let text = format!("{value:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => format!("{value:.3e}"),
    }
}

/// A count with a thin space between thousands.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push('\u{2009}');
        }
        shown.push(digit);
    }
    shown
}

/// Text that is nothing but text in HTML, within quotes too.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(letter),
            letter if letter.is_control() => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(
            escaped("<script>'\"&\u{0}"),
            "&lt;script&gt;&#39;&quot;&amp;\u{fffd}"
        );
    }

    #[test]
    fn numbers_are_short() {
        for (value, shown) in [
            (0.0, "0"),
            (33.125, "33.125"),
            (-0.5, "-0.5"),
            (1.0 / 3.0, "0.3333"),
            (1e-5, "1.000e-5"),
            (123_456_789.0, "1.235e8"),
        ] {
            assert_eq!(short(value), shown);
        }
        assert_eq!(number(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(number(0), "0");
    }
}
