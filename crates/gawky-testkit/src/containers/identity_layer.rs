//! [`IdentityLayer`]: a layer that changes nothing.

use gawky_store::{
    Answer, ContainerId, Fetch, FetchReport, Fetched, Layer, Profile, StoreError, Version,
};

/// A layer that changes nothing: what is seen through it is what is below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdentityLayer;

impl Layer for IdentityLayer {
    type Pending = ();

    fn ask(&self, fetches: &[Fetch]) -> Result<(Vec<Fetch>, ()), StoreError> {
        Ok((fetches.to_vec(), ()))
    }

    fn answer(
        &self,
        (): (),
        fetched: Vec<Option<Fetched>>,
        _report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        Ok(fetched)
    }

    fn size(&self, _key: &str) -> Result<Answer<u64>, StoreError> {
        Ok(Answer::Below)
    }

    fn version(&self, _key: &str) -> Result<Answer<Version>, StoreError> {
        Ok(Answer::Below)
    }

    fn profile(&self, below: Profile) -> Profile {
        below
    }

    fn id(&self, below: Option<ContainerId>) -> Option<ContainerId> {
        below
    }
}
