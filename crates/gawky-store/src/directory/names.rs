//! Keys as files below the root.

use std::path::{Component, Path, PathBuf};

use crate::names;

/// The path of `key`, which has been validated, below `root`.
pub(super) fn path_of(root: &Path, key: &str) -> PathBuf {
    let mut path = PathBuf::with_capacity(root.as_os_str().len() + key.len() + 8);
    path.push(root);
    path.extend(names::path_of(key).split('/'));
    path
}

/// The key that has the path `relative` below the root; `None` when no key has.
pub(super) fn key_of(relative: &Path) -> Option<String> {
    let mut path = String::with_capacity(relative.as_os_str().len());
    for component in relative.components() {
        let Component::Normal(name) = component else {
            return None;
        };
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name.to_str()?);
    }
    names::key_of(&path)
}
