//! Merging, splitting, windows.
