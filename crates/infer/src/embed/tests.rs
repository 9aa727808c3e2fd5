use serde::Deserialize;

use super::{Purpose, cosine};
use crate::models::ModelFolder;

/// A vector that did not come out of our code; see `make_vectors.py` beside the files.
#[derive(Deserialize)]
struct Golden {
    text: String,
    query: bool,
    vector: Vec<f32>,
}

/// The cosine to each golden vector, computed text by text and all at once.
fn cosines(id: &str, golden: &str) -> Vec<f32> {
    let golden: Vec<Golden> = serde_json::from_str(golden).unwrap();
    let embedder = ModelFolder::from_environment()
        .open_embedder(id, 256)
        .unwrap_or_else(|error| panic!("{error}: `cargo xtask models {id}`"));
    let mut found = Vec::new();
    for (purpose, query) in [(Purpose::Query, true), (Purpose::Document, false)] {
        let cases: Vec<&Golden> = golden.iter().filter(|case| case.query == query).collect();
        let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
        let together = embedder.embed(&texts, purpose).unwrap();
        for (case, vector) in cases.iter().zip(&together) {
            let alone = embedder.embed(&[&case.text], purpose).unwrap();
            assert!(cosine(vector, &alone[0]) > 0.999_99, "{id}: {}", case.text);
            assert_eq!(vector.len(), embedder.dims());
            found.push(cosine(vector, &case.vector));
        }
    }
    found
}

#[test]
fn vectors_are_those_of_other_implementations() {
    for (id, golden, least) in [
        (
            "bge-small-en-v1.5",
            include_str!("../../../../tests/golden/vectors/bge-small-en-v1.5.json"),
            0.999,
        ),
        (
            "gte-small",
            include_str!("../../../../tests/golden/vectors/gte-small.json"),
            0.999,
        ),
        (
            "nomic-embed-text-v1.5",
            include_str!("../../../../tests/golden/vectors/nomic-embed-text-v1.5.json"),
            0.997,
        ),
    ] {
        let cosines = cosines(id, golden);
        let worst = cosines.iter().copied().fold(1.0, f32::min);
        assert!(worst > least, "{id}: {cosines:?}");
        println!("{id}: cosines from {worst:.5}");
    }
}
