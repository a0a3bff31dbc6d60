//! [`Proof`] without the feature `checksums`: there is never any, so nothing here is called.

use std::marker::PhantomData;

use gawky_buffer::{Buffer, Fetch};
use gawky_store::{ContainerId, Fetched, Profile, StoreError};

use super::layout::Layout;

/// No proof.
#[derive(Clone, Debug)]
pub(super) struct Proof;

impl Proof {
    pub(super) fn by(_layout: &Layout) -> Option<Self> {
        None
    }

    pub(super) fn begin(&self, _fetches: &[Fetch]) -> Proving<'_> {
        Proving(PhantomData)
    }

    pub(super) fn begin_partition(&self, _id: u64) -> Proving<'_> {
        Proving(PhantomData)
    }

    pub(super) fn size_of(&self, _key: &str) -> Option<u64> {
        None
    }

    pub(super) fn header(&self, _layout: &Layout, _id: u64) -> Option<Fetch> {
        None
    }

    pub(super) fn prove_header(
        &self,
        _header: &Fetch,
        _came: Option<&Buffer>,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    pub(super) fn profile(_proof: Option<&Self>, below: Profile) -> Profile {
        below
    }

    pub(super) fn id(_proof: Option<&Self>, below: Option<ContainerId>) -> Option<ContainerId> {
        below
    }
}

/// No proof of some fetches.
#[derive(Debug)]
pub(super) struct Proving<'p>(PhantomData<&'p Proof>);

impl Proving<'_> {
    pub(super) fn fetches(&self) -> &[Fetch] {
        &[]
    }

    /// Takes what came; answers how many bytes that was.
    pub(super) fn supply(&mut self, _fetched: Vec<Option<Fetched>>) -> Result<u64, StoreError> {
        Ok(0)
    }

    pub(super) fn verifying<C>(&self, _fetches: &[Fetch], packed: C) -> Result<C, StoreError> {
        Ok(packed)
    }

    pub(super) fn all_proved(
        &self,
        _fetches: &[Fetch],
        _answers: &[Option<Fetched>],
    ) -> Result<(), StoreError> {
        Ok(())
    }
}
