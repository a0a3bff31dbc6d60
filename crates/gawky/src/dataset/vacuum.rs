//! Vacuum: what no version names goes.
//!
//! # Why nobody loses a blob
//!
//! What is deleted are blobs of partitions below the `next_id` of a manifest that vacuum itself has committed, that no
//! version kept names, and on whose number nobody holds a claim. A writer that still writes such a partition would have
//! to commit it yet. Let its number be `n`.
//!
//! 1. It holds the claim on `n`, as [claims](super::claims) tells, and has had it since before vacuum's commit: whoever
//!    claims `n` after that finds that `n` has been given away. So when the claims are listed after the commit, its
//!    claim is there, unless
//! 2. it has committed since, and let the claim go. Then a manifest that is read after the listing names `n`, or one that
//!    it leads back to; or
//! 3. vacuum has taken the claim, as older than the age. That it does before the commit, by replacing what the claim says, on
//!    the condition that nobody has changed it; the claim itself stays, so that nobody else can have `n`. Now the writer
//!    either commits before vacuum does, and then vacuum, whose own commit has to be made again upon that one, finds
//!    the partition named; or it has to make its commit again upon vacuum's, and before that looks whether its claims
//!    are still its own. They are not, and it gives up.
//!
//! A manifest of the past is deleted when it is older than the commit, and no version kept needs it. Whoever is about to name it
//! in a commit does so upon a manifest that is older, too, and has to begin again. The same holds for the blobs of long
//! columns, whose names tell the version that they were written for.
//!
//! Killed anywhere, vacuum leaves what the next one finds: nothing is deleted before the commit, and what is deleted after it
//! no version names.

use std::collections::HashSet;
use std::time::Duration;

use gawky_buffer::{Buffer, Fetch, Key};
use gawky_store::{
    Container, ContainerConditional, ContainerDelete, ContainerList, ContainerWrite,
};

use super::Dataset;
use super::change::{Change, What};
use super::claims::{Claimer, Holder, claim_key};
use super::fault::no_manifest;
use super::history::version_key;
use super::litter::{Known, Listed, Named, past_of};
use super::manifest::{Manifest, json_blob};
use super::stored::{load, load_to_replace, newest};
use super::token;
use crate::Error;

/// How many claims are read at once.
const AT_ONCE: usize = 1_000;

/// What vacuum has removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vacuumed {
    /// How many versions.
    pub versions: u64,
    /// How many partitions, of those versions or of writers that died.
    pub partitions: u64,
    /// How many claims of writers that died.
    pub claims: u64,
    /// How many drafts of writers that died: what they had half written, and nobody could see.
    pub drafts: u64,
    /// The keys of all blobs, claims and manifests of the past among them.
    pub keys: Vec<Key>,
    /// How many bytes they had; `None` where it was not asked.
    pub bytes: Option<u64>,
}

/// What vacuum is to keep.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is removed before Dataset::vacuum"]
pub struct Vacuum {
    keep: u64,
    older_than: Duration,
    measure: bool,
}

impl Vacuum {
    /// Keeps the newest `versions`, at least one. (It makes a version itself, where there is anything to remove, which is not
    /// counted.) Readers of other versions must not go on.
    pub fn keep(versions: u64) -> Self {
        Self {
            keep: versions.max(1),
            older_than: Duration::from_secs(24 * 60 * 60),
            measure: false,
        }
    }

    /// How old a claim is when its writer is taken for dead; a day unless set. It must be more than writers take from the
    /// first blob of a partition to the commit, and more than clocks differ. A writer that is taken for dead by mistake loses
    /// what it has not committed, and is told. Files that are so old, and of which the last part was never written, go, too.
    pub fn older_than(mut self, age: Duration) -> Self {
        self.older_than = age;
        self
    }

    /// Whether it is told how many bytes were removed, which costs a request for each blob.
    pub fn measure(mut self, measure: bool) -> Self {
        self.measure = measure;
        self
    }
}

/// How far beyond the numbers that are given away one may lie whose blobs are taken for those of a dead writer. A file of
/// somebody else's that happens to be called so should not use them all up.
const FARTHEST: u64 = 1_000_000;

impl<C> Dataset<C>
where
    C: Container + ContainerWrite + ContainerConditional + ContainerDelete + ContainerList,
{
    /// Removes versions, and what writers that died have left: all that no version kept names.
    ///
    /// Writers and readers of versions that are kept may go on meanwhile. It is the only thing that lists the container, of which
    /// it takes nothing that it does not know for a part of the dataset. It commits, so that the dataset is at a version
    /// more, and answers what has gone; where there is nothing to remove it does not.
    ///
    /// ```
    /// use gawky::prelude::*;
    /// use gawky::dataset::Vacuum;
    ///
    /// let mut dataset = Dataset::create("memory:")?;
    /// let numbers = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
    /// dataset.append(&numbers)?;
    /// dataset.overwrite([&numbers])?;
    /// let gone = dataset.vacuum(Vacuum::keep(1))?;
    /// assert_eq!((gone.versions, gone.partitions), (2, 1));
    /// assert!(dataset.open_at(2).is_err());
    /// # Ok::<(), gawky::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the container fails. What has gone until then is gone; the next one goes on.
    pub fn vacuum(&mut self, what: Vacuum) -> Result<Vacuumed, Error> {
        self.newest_stored()?;
        let drafts = self.container.delete_drafts(what.older_than)?;
        let base = newest(load_to_replace(&*self.container)?)?;
        let (oldest, began) = (base.manifest.oldest, base.manifest.version);
        let kept_from = (began + 1).saturating_sub(what.keep).max(oldest);

        let keys = self.container.list("")?;
        let known = Known::of(&self.all_manifests(&base.manifest, &keys)?, &keys)?;
        let mut listed = Listed::of(&keys, &known);
        let retired = self.retire(&listed, what.older_than)?;
        let named = Named::by(&self.chain(base.manifest.clone(), kept_from)?);
        listed.claims.retain(|id| !retired.claims.contains(id));
        let would_go = listed.litter(&named, u64::MAX, u64::MAX);
        if kept_from == oldest && retired.keys.is_empty() && would_go.is_empty() {
            return Ok(Vacuumed {
                drafts,
                ..Vacuumed::default()
            });
        }

        let given_away = base.manifest.partitions.next_id();
        let farthest = given_away.saturating_add(FARTHEST);
        let seen = listed.partitions.iter().map(|(id, _)| *id);
        let beyond = seen
            .chain(retired.claims.iter().copied())
            .filter(|id| *id < farthest)
            .max()
            .map_or(0, |id| id + 1);
        let change = Change {
            began,
            what: What::Forget {
                oldest: kept_from,
                next_id: beyond,
            },
        };
        self.commit(base, &change, &Claimer::new(), &[])?;

        // In this order: a claim that is not there any more was let go before the manifest is read.
        let version = self.version();
        let next_id = self.stored.manifest.partitions.next_id();
        let keys = self.container.list("")?;
        let now = newest(load_to_replace(&*self.container)?)?;
        let named = Named::by(&self.chain(now.manifest, kept_from)?);
        let mut listed = Listed::of(&keys, &known);
        listed.claims.retain(|id| !retired.claims.contains(id));
        let litter = listed.litter(&named, version, next_id);
        let partitions: HashSet<u64> = litter.iter().filter_map(|(id, _)| *id).collect();
        let mut gone = Vacuumed {
            versions: kept_from - oldest,
            partitions: partitions.len() as u64,
            claims: retired.claims.len() as u64,
            drafts,
            keys: litter.into_iter().map(|(_, key)| key.clone()).collect(),
            bytes: None,
        };
        gone.keys.extend(retired.keys);
        if what.measure {
            let sizes = self.container.sizes(&gone.keys)?;
            gone.bytes = Some(sizes.into_iter().flatten().sum());
        }
        self.container.delete_many(&gone.keys)?;
        Ok(gone)
    }

    /// The manifests that are needed to read the versions from `from` on, the newest first.
    fn chain(&self, newest: Manifest, from: u64) -> Result<Vec<Manifest>, Error> {
        let mut chain = vec![newest];
        while let Some(version) = chain.last().and_then(Manifest::before)
            && version >= from
        {
            let key = version_key(version);
            let Some(found) = load(&*self.container, &key)? else {
                return Err(no_manifest(&key, "it is missing"));
            };
            if found.manifest.version != version {
                let problem = format!("version: it is {}", found.manifest.version);
                return Err(no_manifest(&key, problem));
            }
            chain.push(found.manifest);
        }
        Ok(chain)
    }

    /// All manifests that can be read, which tell what blobs were ever called.
    fn all_manifests(&self, newest: &Manifest, keys: &[Key]) -> Result<Vec<Manifest>, Error> {
        let mut manifests = vec![newest.clone()];
        for key in keys {
            if past_of(key).is_some()
                && let Ok(Some(found)) = load(&*self.container, key)
            {
                manifests.push(found.manifest);
            }
        }
        Ok(manifests)
    }

    /// Takes the claims of writers that are taken for dead, so that they notice.
    fn retire(&self, listed: &Listed<'_>, age: Duration) -> Result<Retired, Error> {
        let (container, token) = (&*self.container, token::draw());
        let is_old = |found: &Buffer| Holder::read(found).is_none_or(|it| it.is_older_than(age));
        let mut retired = Retired::default();
        let claims: Vec<(Option<u64>, String)> = listed
            .claims
            .iter()
            .map(|id| (Some(*id), claim_key(*id)))
            .chain(listed.probes.iter().map(|key| (None, key.to_string())))
            .collect();
        for claims in claims.chunks(AT_ONCE) {
            let fetches: Vec<Fetch> = claims
                .iter()
                .map(|(_, key)| Fetch::raw(key.as_str(), None))
                .collect();
            let found = container.fetch(&fetches)?;
            for ((id, key), found) in claims.iter().zip(found) {
                if !found.as_ref().is_some_and(is_old) {
                    continue;
                }
                let Some(id) = id else {
                    retired.keys.push(key.into());
                    continue;
                };
                // As it is now: its holder may have let it go, and another one taken it.
                let Some((now, version)) = container.get_versioned(key)? else {
                    continue;
                };
                if !is_old(&now) {
                    continue;
                }
                let blob = json_blob(key, Holder::now(&token).to_buffer());
                match container.put_if_match(blob, &version) {
                    Ok(_) => {
                        retired.claims.insert(*id);
                        retired.keys.push(key.into());
                    }
                    Err(error) if error.is_conflict() => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(retired)
    }
}

/// Claims that are nobody's any more.
#[derive(Debug, Default)]
struct Retired {
    claims: HashSet<u64>,
    keys: Vec<Key>,
}
