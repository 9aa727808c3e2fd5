//! Afterimage recall.
