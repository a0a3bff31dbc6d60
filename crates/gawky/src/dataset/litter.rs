//! What lies in a container, by what it is to a dataset; and what of it may go.

use std::collections::{BTreeSet, HashMap, HashSet};

use gawky_buffer::Key;

use super::checksums::checksums_key;
use super::claims::{CLAIMS, PROBE};
use super::column::ASIDE;
use super::history::VERSIONS;
use super::layout::Layout;
use super::manifest::Manifest;
use crate::Error;

/// What the names of nodes begin with that have none of their own.
const NODE: &str = "node";

/// What the versions that are kept name.
pub(super) struct Named {
    partitions: HashSet<u64>,
    pasts: HashSet<u64>,
    asides: HashSet<String>,
}

impl Named {
    /// Each manifest's own version is the largest of those that it knows.
    pub(super) fn by(manifests: &[Manifest]) -> Self {
        Self {
            partitions: manifests
                .iter()
                .flat_map(|manifest| manifest.partitions.ids().into_owned())
                .collect(),
            pasts: manifests.iter().map(|manifest| manifest.version).collect(),
            asides: manifests
                .iter()
                .flat_map(|manifest| manifest.partitions.aside_keys())
                .collect(),
        }
    }
}

/// The keys that are there, by what they are to the dataset.
pub(super) struct Listed<'k> {
    pub(super) partitions: Vec<(u64, &'k Key)>,
    pub(super) claims: HashSet<u64>,
    /// Claims that were only tried.
    pub(super) probes: Vec<&'k Key>,
    pasts: Vec<(u64, &'k Key)>,
    /// With the version that they were written for.
    asides: Vec<(u64, &'k Key)>,
}

impl<'k> Listed<'k> {
    pub(super) fn of(keys: &'k [Key], known: &Known) -> Self {
        let mut listed = Self {
            partitions: Vec::new(),
            claims: HashSet::new(),
            probes: Vec::new(),
            pasts: Vec::new(),
            asides: Vec::new(),
        };
        for key in keys {
            if let Some(rest) = within(key, CLAIMS) {
                match rest.parse() {
                    Ok(id) => drop(listed.claims.insert(id)),
                    Err(_) if rest.starts_with(PROBE) => listed.probes.push(key),
                    Err(_) => {}
                }
            } else if within(key, VERSIONS).is_some() {
                listed
                    .pasts
                    .extend(past_of(key).map(|version| (version, key)));
            } else if let Some(rest) = within(key, ASIDE) {
                // `lengths-7-…`
                let version = rest
                    .split('-')
                    .nth(1)
                    .and_then(|version| version.parse().ok());
                listed.asides.extend(version.map(|version| (version, key)));
            } else {
                listed.partitions.extend(known.id(key).map(|id| (id, key)));
            }
        }
        listed
    }

    /// What may go, each with its partition if it is of one: blobs of partitions below `next_id` that nobody has claimed,
    /// and what was written before version `committed`.
    pub(super) fn litter(
        &self,
        named: &Named,
        committed: u64,
        next_id: u64,
    ) -> Vec<(Option<u64>, &'k Key)> {
        let partitions = self.partitions.iter().filter(|(id, _)| {
            *id < next_id && !self.claims.contains(id) && !named.partitions.contains(id)
        });
        let pasts = self
            .pasts
            .iter()
            .filter(|(version, _)| *version < committed && !named.pasts.contains(version));
        let asides = self
            .asides
            .iter()
            .filter(|(version, key)| *version <= committed && !named.asides.contains(key.as_str()));
        let own = pasts.chain(asides).map(|(_, key)| (None, *key));
        partitions
            .map(|(id, key)| (Some(*id), *key))
            .chain(own)
            .collect()
    }
}

fn within<'a>(key: &'a str, folder: &str) -> Option<&'a str> {
    key.strip_prefix(folder)?.strip_prefix('/')
}

/// The version whose manifest is under this key.
pub(super) fn past_of(key: &str) -> Option<u64> {
    within(key, VERSIONS)?.strip_suffix(".json")?.parse().ok()
}

/// What blobs of partitions are called: before the number, after it, and how many digits it has at least.
#[derive(Debug)]
pub(super) struct Known(Vec<KnownLayout>);

#[derive(Debug)]
pub(super) struct KnownLayout {
    around: HashMap<String, HashSet<String>>,
    width: usize,
}

impl Known {
    /// What blobs are called by these manifests, and, of the keys that are there, by writers that died before a manifest had
    /// their form: nodes are called `node0`, `node1`, … then.
    pub(super) fn of(manifests: &[Manifest], keys: &[Key]) -> Result<Self, Error> {
        let mut layouts: Vec<&Layout> = Vec::new();
        for manifest in manifests {
            if !layouts.iter().any(|known| known.reads_as(&manifest.layout)) {
                layouts.push(&manifest.layout);
            }
        }
        let mut known = Vec::new();
        let nodes = nodes_in(keys);
        for layout in layouts {
            known.push(KnownLayout::of(|id| layout.keys_of(id))?);
            known.push(KnownLayout::of(|id| layout.keys_of_nodes(id, &nodes))?);
        }
        known.push(KnownLayout::of(|id| Ok(vec![checksums_key(id)]))?);
        Ok(Self(known))
    }

    /// The number of the partition that a key belongs to.
    fn id(&self, key: &str) -> Option<u64> {
        self.0.iter().find_map(|layout| layout.id(key))
    }
}

/// The names of nodes, as those are named that have no names of their own, in these keys.
fn nodes_in(keys: &[Key]) -> BTreeSet<String> {
    let mut nodes = BTreeSet::new();
    for key in keys {
        for (at, name) in key.match_indices(NODE) {
            let rest = key.get(at + name.len()..).unwrap_or_default();
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number = rest
                .get(..digits)
                .and_then(|digits| digits.parse::<u64>().ok());
            nodes.extend(number.map(|number| format!("{NODE}{number}")));
        }
    }
    nodes
}

impl KnownLayout {
    /// Keys of other numbers show where the number stands, and how it is padded.
    pub(super) fn of(keys_of: impl Fn(u64) -> Result<Vec<String>, Error>) -> Result<Self, Error> {
        let long = 10_u64.pow(18);
        let (ones, twos, longs) = (keys_of(1)?, keys_of(2)?, keys_of(long)?);
        let mut known = Self {
            around: HashMap::new(),
            width: 1,
        };
        for ((one, two), long) in ones.iter().zip(&twos).zip(&longs) {
            known.width = 19_usize.saturating_sub(long.len().saturating_sub(one.len()));
            let same = one.bytes().zip(two.bytes());
            let last = same.take_while(|(one, two)| one == two).count();
            let first = (last + 1).saturating_sub(known.width);
            if let (Some(before), Some(after)) = (one.get(..first), one.get(last + 1..)) {
                let around = known.around.entry(before.to_owned()).or_default();
                around.insert(after.to_owned());
            }
        }
        Ok(known)
    }

    /// The number of the partition that a key belongs to.
    pub(super) fn id(&self, key: &str) -> Option<u64> {
        self.around.iter().find_map(|(before, afters)| {
            let rest = key.strip_prefix(before.as_str())?;
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            // What follows may begin with digits, too.
            (1..=digits).rev().find_map(|digits| {
                let (number, after) = rest.split_at_checked(digits)?;
                let id: u64 = number.parse().ok()?;
                let is_written_so = format!("{id:0width$}", width = self.width) == number;
                (is_written_so && afters.contains(after)).then_some(id)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use gawky_buffer::ByteOrder;
    use gawky_form::{Form, KeyFormat};

    use super::super::layout::Packing;
    use super::*;

    fn known(template: &str, packing: Packing) -> KnownLayout {
        let json = r#"{"class": "ListOffsetArray", "offsets": "i64", "form_key": "node0",
                       "content": {"class": "NumpyArray", "primitive": "int64", "form_key": "node1"}}"#;
        let form = Form::from_json(json).unwrap();
        let keys = KeyFormat::template(template).unwrap();
        let layout = Layout::try_new(form, keys, packing, ByteOrder::Little).unwrap();
        KnownLayout::of(|id| layout.keys_of(id)).unwrap()
    }

    #[test]
    fn keys_tell_their_partition() {
        let plain = known(Packing::Blobs.template(), Packing::Blobs);
        for (key, id) in [
            ("part0-node0-offsets", Some(0)),
            ("part1-node1-data", Some(1)),
            ("part120-node1-data", Some(120)),
            ("part012-node1-data", None),
            ("part1-node1-offsets", None),
            ("part-node1-data", None),
            ("part1-node1-data.bak", None),
            ("my/part1-node1-data", None),
            ("part99999999999999999999-node1-data", None),
            ("readme.txt", None),
        ] {
            assert_eq!(plain.id(key), id, "{key}");
        }
        let padded = known("run0{partition:04}0{form_key}.{attribute}", Packing::Blobs);
        for (key, id) in [
            ("run000120node0.offsets", Some(12)),
            ("run0123450node1.data", Some(12_345)),
            ("run0120node0.offsets", None),
        ] {
            assert_eq!(padded.id(key), id, "{key}");
        }
        let after = known("{form_key}/{partition}/{attribute}", Packing::Blobs);
        assert_eq!(after.id("node1/7/data"), Some(7));
        assert_eq!(after.id("node1/7/offsets"), None);
        let files = known(Packing::Safetensors.template(), Packing::Safetensors);
        assert_eq!(files.id("part31.safetensors"), Some(31));
        assert_eq!(files.id("part31-node1-data"), None);
    }
}
