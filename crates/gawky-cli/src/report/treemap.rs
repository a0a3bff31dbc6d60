//! A treemap: boxes whose areas are the bytes of fields, within the boxes of the records that they are of.

/// What is drawn as a box.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// What it is called in the box above.
    pub(super) name: String,
    /// What it is called everywhere.
    pub(super) path: String,
    /// Its own bytes and all within.
    pub(super) bytes: u64,
    pub(super) within: Vec<Block>,
}

/// A box on the page, in units of the picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tile {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) area: Area,
    /// In how many others it is.
    pub(super) depth: usize,
    /// The same number for all outermost ones whose names begin alike, and what is in them.
    pub(super) family: usize,
    /// Whether others are in it.
    pub(super) is_group: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// How much of a box with others in it is its name.
const HEADER: f64 = 15.0;
/// Boxes narrower or lower than that have nothing drawn in them.
const LEAST: f64 = 24.0;
/// Of how many boxes a picture is made at most; the least others of a record become one.
const MOST: usize = 400;

/// The boxes of a block, outer ones before those in them; what has no bytes has no box.
pub(super) fn tiles(root: &Block, area: Area) -> Vec<Tile> {
    let mut tiles = Vec::new();
    lay_out(root, area, 0, None, &mut tiles);
    tiles
}

fn lay_out(block: &Block, area: Area, depth: usize, family: Option<usize>, tiles: &mut Vec<Tile>) {
    let blocks = shown(block);
    let areas = squarified(
        &blocks.iter().map(|block| block.bytes).collect::<Vec<_>>(),
        area,
    );
    let mut families: Vec<&str> = Vec::new();
    for (block, area) in blocks.iter().zip(areas) {
        // Where records are written field by field, muon_pt and muon_eta belong together.
        let beginning = block.name.split('_').next().unwrap_or_default();
        let family = family.unwrap_or_else(|| {
            let known = families.iter().position(|family| *family == beginning);
            known.unwrap_or_else(|| {
                families.push(beginning);
                families.len() - 1
            })
        });
        let inner = Area {
            x: area.x + 1.0,
            y: area.y + HEADER,
            width: area.width - 2.0,
            height: area.height - HEADER - 1.0,
        };
        let is_group = !block.within.is_empty() && inner.width > LEAST && inner.height > LEAST;
        tiles.push(Tile {
            name: block.name.clone(),
            path: block.path.clone(),
            bytes: block.bytes,
            area,
            depth,
            family,
            is_group,
        });
        if is_group {
            lay_out(block, inner, depth + 1, Some(family), tiles);
        }
    }
}

/// What is in a block, the largest first, as many as are drawn.
fn shown(block: &Block) -> Vec<Block> {
    let there = block.within.iter().filter(|block| block.bytes > 0);
    let mut blocks: Vec<Block> = there.cloned().collect();
    let total = |blocks: &[Block]| {
        let bytes = blocks.iter().map(|block| block.bytes);
        bytes.fold(0, u64::saturating_add)
    };
    let own = block.bytes.saturating_sub(total(&blocks));
    if own > 0 && !block.within.is_empty() {
        blocks.push(Block {
            name: "structure".to_owned(),
            path: match block.path.is_empty() {
                true => "offsets and the like".to_owned(),
                false => format!("offsets and the like of {}", block.path),
            },
            bytes: own,
            within: Vec::new(),
        });
    }
    let order = |a: &Block, b: &Block| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name));
    blocks.sort_by(order);
    if blocks.len() > MOST {
        let rest = blocks.split_off(MOST - 1);
        blocks.push(Block {
            name: format!("{} more", rest.len()),
            path: format!("{} smaller fields", rest.len()),
            bytes: total(&rest),
            within: Vec::new(),
        });
        blocks.sort_by(order);
    }
    blocks
}

/// Areas in proportion to these sizes, nearly square, which together fill the area: the algorithm of Bruls, Huizing and van Wijk,
/// [Squarified Treemaps](https://www.win.tue.nl/~vanwijk/stm.pdf).
fn squarified(sizes: &[u64], mut area: Area) -> Vec<Area> {
    let mut areas = Vec::with_capacity(sizes.len());
    let mut left: f64 = sizes.iter().map(|size| as_f64(*size)).sum();
    let mut rest = sizes;
    while !rest.is_empty() && left > 0.0 {
        let scale = area.width.max(0.0) * area.height.max(0.0) / left;
        let side = area.width.min(area.height).max(f64::MIN_POSITIVE);
        // As long as boxes in the row come nearer to squares, one more goes into it.
        let mut taken = 1;
        let mut sum = rest.first().map_or(0.0, |size| as_f64(*size)) * scale;
        let greatest = sum;
        let mut worst = worst_ratio(greatest, greatest, sum, side);
        while let Some(next) = rest.get(taken) {
            let least = as_f64(*next) * scale;
            let ratio = worst_ratio(greatest, least, sum + least, side);
            if ratio > worst {
                break;
            }
            (worst, sum, taken) = (ratio, sum + least, taken + 1);
        }
        let (row, others) = rest.split_at(taken);
        let is_last = others.is_empty();
        let thick = sum / side;
        let mut along = 0.0;
        for size in row {
            let length = if sum > 0.0 {
                as_f64(*size) * scale / sum * side
            } else {
                0.0
            };
            areas.push(match area.width < area.height {
                true => Area {
                    x: area.x + along,
                    y: area.y,
                    width: length,
                    height: thick,
                },
                false => Area {
                    x: area.x,
                    y: area.y + along,
                    width: thick,
                    height: length,
                },
            });
            along += length;
        }
        match area.width < area.height {
            true => (area.y, area.height) = (area.y + thick, (area.height - thick).max(0.0)),
            false => (area.x, area.width) = (area.x + thick, (area.width - thick).max(0.0)),
        }
        left -= row.iter().map(|size| as_f64(*size)).sum::<f64>();
        rest = others;
        if is_last {
            break;
        }
    }
    areas.resize(
        sizes.len(),
        Area {
            x: area.x,
            y: area.y,
            width: 0.0,
            height: 0.0,
        },
    );
    areas
}

/// How far from a square the worst box of a row is.
fn worst_ratio(greatest: f64, least: f64, sum: f64, side: f64) -> f64 {
    let (sum, side) = (sum * sum, side * side);
    (side * greatest / sum).max(sum / (side * least))
}

#[allow(
    clippy::cast_precision_loss,
    reason = "areas are no more exact than pixels"
)]
fn as_f64(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    const PAGE: Area = Area {
        x: 0.0,
        y: 0.0,
        width: 1200.0,
        height: 500.0,
    };

    fn block(name: &str, bytes: u64, within: Vec<Block>) -> Block {
        Block {
            name: name.to_owned(),
            path: name.to_owned(),
            bytes,
            within,
        }
    }

    /// The example of the paper, on which all its figures are.
    #[test]
    fn boxes_are_those_of_the_paper() {
        let area = Area {
            x: 0.0,
            y: 0.0,
            width: 6.0,
            height: 4.0,
        };
        let areas = squarified(&[6, 6, 4, 3, 2, 2, 1], area);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(
            close(areas[0].width, 3.0) && close(areas[0].height, 2.0),
            "{areas:?}"
        );
        assert!(
            close(areas[2].width, 12.0 / 7.0) && close(areas[2].height, 7.0 / 3.0),
            "{areas:?}"
        );
        assert!(close(areas[4].height, 5.0 / 3.0), "{areas:?}");
    }

    #[test]
    fn areas_are_in_proportion_and_fill_the_page() {
        let sizes: Vec<u64> = (1..200).rev().map(|size| size * size).collect();
        let areas = squarified(&sizes, PAGE);
        let total: u64 = sizes.iter().sum();
        for (size, area) in sizes.iter().zip(&areas) {
            let expected = as_f64(*size) / as_f64(total) * 600_000.0;
            assert!(
                (area.width * area.height - expected).abs() < 1e-3 * expected + 1e-6,
                "{area:?}"
            );
            assert!(
                area.x >= -1e-6 && area.x + area.width <= 1200.0 + 1e-6,
                "{area:?}"
            );
            assert!(
                area.y >= -1e-6 && area.y + area.height <= 500.0 + 1e-6,
                "{area:?}"
            );
        }
    }

    #[test]
    fn what_is_in_a_block_is_within_its_box() {
        let muon = block(
            "muon",
            70,
            vec![block("pt", 40, vec![]), block("charge", 10, vec![])],
        );
        let root = block(
            "",
            100,
            vec![block("met", 30, vec![]), block("none", 0, vec![]), muon],
        );
        let tiles = tiles(&root, PAGE);
        let names: Vec<&str> = tiles.iter().map(|tile| tile.name.as_str()).collect();
        assert_eq!(names, ["muon", "pt", "structure", "charge", "met"]);
        let depths: Vec<usize> = tiles.iter().map(|tile| tile.depth).collect();
        assert_eq!(depths, [0, 1, 1, 1, 0]);
        assert_eq!(tiles[1].family, tiles[0].family);
        let (outer, inner) = (tiles[0].area, tiles[1].area);
        assert!(outer.x < inner.x && inner.x + inner.width < outer.x + outer.width);
    }

    #[test]
    fn very_many_fields_are_put_together() {
        let many = (0..5000)
            .map(|field| block(&format!("f{field}"), 1 + field, vec![]))
            .collect();
        let bytes = (1..=5000).sum();
        let tiles = tiles(&block("", bytes, many), PAGE);
        assert_eq!(tiles.len(), MOST);
        assert_eq!(tiles.iter().map(|tile| tile.bytes).sum::<u64>(), bytes);
        assert!(tiles.iter().any(|tile| tile.name == "4601 more"));
    }

    #[test]
    fn nothing_at_all_has_no_boxes() {
        assert!(tiles(&block("", 0, vec![]), PAGE).is_empty());
        assert!(tiles(&block("", 0, vec![block("x", 0, vec![])]), PAGE).is_empty());
    }
}
