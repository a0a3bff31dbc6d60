//! Pictures, as SVG within a page.

use std::fmt::Write;

use super::page::{escaped, number};
use super::treemap::{Area, Block, tiles};
use crate::amounts::Bytes;

/// How wide and high the picture of bytes is; the page scales it.
const MAP: Area = Area {
    x: 0.0,
    y: 0.0,
    width: 1200.0,
    height: 520.0,
};

/// How wide a letter is, about.
const LETTER: f64 = 6.2;

/// The bytes of fields as boxes.
pub(super) fn treemap(root: &Block) -> String {
    let mut svg = format!(
        "<svg id=\"treemap\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"bytes of each field\">\n",
        MAP.width, MAP.height
    );
    for tile in tiles(root, MAP) {
        let Area {
            x,
            y,
            width,
            height,
        } = tile.area;
        // Neighbours in the list of colours are far apart.
        let hue = (tile.family * 137) % 360;
        let light = 82 + 4 * tile.depth.min(3);
        let bytes = Bytes::Rounded.shown(tile.bytes);
        let _ = write!(
            svg,
            "<g class=\"tile\"><title>{}: {bytes}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
             fill=\"hsl({hue} 55% {light}%)\"/>",
            escaped(&tile.path),
            width.max(0.0),
            height.max(0.0),
        );
        if width > 30.0 && height > 13.0 {
            let room = (width - 6.0) / LETTER;
            let name = fitting(&tile.name, room);
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\">{}",
                x + 3.0,
                y + 11.0,
                escaped(&name)
            );
            let letters = name.chars().count() + bytes.chars().count() + 2;
            if tile.is_group && columns(letters) < room {
                let _ = write!(svg, " <tspan class=\"dim\">{bytes}</tspan>");
            }
            svg.push_str("</text>");
            if !tile.is_group && height > 26.0 && columns(bytes.chars().count()) < room {
                let _ = write!(
                    svg,
                    "<text class=\"dim\" x=\"{:.1}\" y=\"{:.1}\">{bytes}</text>",
                    x + 3.0,
                    y + 23.0
                );
            }
        }
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// The beginning of a name, as far as there is room.
fn fitting(name: &str, room: f64) -> String {
    if columns(name.chars().count()) <= room {
        return name.to_owned();
    }
    let mut kept = String::new();
    for letter in name.chars() {
        if columns(kept.chars().count() + 2) > room {
            break;
        }
        kept.push(letter);
    }
    kept + "…"
}

#[allow(clippy::cast_precision_loss, reason = "a number of letters")]
fn columns(letters: usize) -> f64 {
    letters as f64
}

/// Counts as bars, each from one value to another.
pub(super) fn bars(bins: &[(f64, f64, u64)], class: &str, show: impl Fn(f64) -> String) -> String {
    const WIDTH: f64 = 240.0;
    const HEIGHT: f64 = 34.0;
    let most = bins.iter().map(|(_, _, count)| *count).max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    let step = WIDTH / columns(bins.len());
    let mut svg = format!(
        "<svg class=\"{class}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\">"
    );
    for (at, (from, to, count)) in bins.iter().enumerate() {
        if *count == 0 {
            continue;
        }
        #[allow(clippy::cast_precision_loss, reason = "a height in pixels")]
        let height = ((*count as f64 / most as f64) * HEIGHT).max(1.0);
        let range = match from == to {
            true => show(*from),
            false => format!("{} to {}", show(*from), show(*to)),
        };
        let _ = write!(
            svg,
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\"><title>{}: {}</title></rect>",
            columns(at) * step,
            HEIGHT - height,
            (step - 0.4).max(0.4),
            escaped(&range),
            number(*count),
        );
    }
    svg.push_str("</svg>");
    svg
}

/// How many rows partitions have, as bars; neighbours share one where there are too many.
pub(super) fn partitions(lengths: &[u64]) -> String {
    const MOST: usize = 300;
    let together = lengths.len().div_ceil(MOST).max(1);
    let bins: Vec<(f64, f64, u64)> = lengths
        .chunks(together)
        .enumerate()
        .map(|(at, lengths)| {
            let first = columns(at * together);
            let last = first + columns(lengths.len()) - 1.0;
            (
                first,
                last,
                lengths
                    .iter()
                    .fold(0, |sum: u64, length| sum.saturating_add(*length)),
            )
        })
        .collect();
    bars(&bins, "bars wide", |partition| {
        format!("partition {partition}")
    })
}
