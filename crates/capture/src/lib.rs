//! Afterimage capture.
