//! [`FaultPlan`]: which requests fail, and how.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::{Hash, Hasher};

use super::{Asked, HttpFault};

/// Decides about each request, in the order in which they come.
pub struct FaultPlan {
    decide: Box<Decide>,
}

type Decide = dyn FnMut(&Asked) -> Option<HttpFault> + Send;

impl FaultPlan {
    /// Nothing fails.
    #[must_use]
    pub fn none() -> Self {
        Self::by(|_| None)
    }

    /// Asks a closure about every request.
    #[must_use]
    pub fn by(decide: impl FnMut(&Asked) -> Option<HttpFault> + Send + 'static) -> Self {
        Self {
            decide: Box::new(decide),
        }
    }

    /// These happen one after the other, each to the next request to which it [can](HttpFault::applies_to);
    /// whatever comes in between or after them passes.
    #[must_use]
    pub fn script(faults: impl IntoIterator<Item = HttpFault>) -> Self {
        let mut faults: VecDeque<_> = faults.into_iter().collect();
        Self::by(move |asked| {
            let next = faults.front()?;
            next.applies_to(asked).then(|| faults.pop_front())?
        })
    }

    /// This happens to every request to which it [can](HttpFault::applies_to).
    #[must_use]
    pub fn always(fault: HttpFault) -> Self {
        Self::by(move |asked| fault.applies_to(asked).then_some(fault))
    }

    /// Something happens to `percent` of the requests: whatever can happen to them of
    /// [`HttpFault::ALL`] that a client [can notice](HttpFault::is_noticeable).
    ///
    /// What happens to a request depends on the seed, on the request, and on how often it came before, but not on
    /// other requests: clients that ask many things at once meet the same faults in every run.
    #[must_use]
    pub fn random(seed: u64, percent: u8) -> Self {
        let can =
            |fault: HttpFault, asked: &Asked| fault.applies_to(asked) && fault.is_noticeable(asked);
        Self::drawn(seed, percent, HttpFault::ALL.to_vec(), can)
    }

    /// The same of these faults, noticeable or not.
    #[must_use]
    pub fn random_of(seed: u64, percent: u8, faults: impl IntoIterator<Item = HttpFault>) -> Self {
        let faults = faults.into_iter().collect();
        Self::drawn(seed, percent, faults, HttpFault::applies_to)
    }

    fn drawn(
        seed: u64,
        percent: u8,
        faults: Vec<HttpFault>,
        can: impl Fn(HttpFault, &Asked) -> bool + Send + 'static,
    ) -> Self {
        let mut seen: HashMap<Asked, u64> = HashMap::new();
        Self::by(move |asked| {
            let times = seen.entry(asked.clone()).or_default();
            *times += 1;
            // This hasher has no keys of the process's own.
            let mut hasher = DefaultHasher::new();
            (seed, asked, *times).hash(&mut hasher);
            let drawn = hasher.finish();
            if drawn % 100 >= u64::from(percent) {
                return None;
            }
            let possible: Vec<_> = faults
                .iter()
                .copied()
                .filter(|fault| can(*fault, asked))
                .collect();
            let count = u64::try_from(possible.len()).ok()?;
            let at = (drawn / 100).checked_rem(count)?;
            possible.get(usize::try_from(at).ok()?).copied()
        })
    }

    pub(super) fn decide(&mut self, asked: &Asked) -> Option<HttpFault> {
        (self.decide)(asked)
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultPlan").finish_non_exhaustive()
    }
}
