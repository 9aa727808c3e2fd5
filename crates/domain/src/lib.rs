//! Afterimage domain.
