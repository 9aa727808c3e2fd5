//! Afterimage infer.
