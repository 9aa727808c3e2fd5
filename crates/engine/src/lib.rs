//! Afterimage engine.
