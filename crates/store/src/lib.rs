//! Afterimage store.
