//! The models this build knows, by their manifests, and the way from a setting to a loaded model.

use crate::{
    api::{Code, Device, Failure, ModelChoice, ModelRole, Settings},
    failure::sentence,
    home,
};
use afterimage_infer::{
    classify::TokenClassifier,
    embed::Embedder,
    model::LanguageModel,
    models::{
        DeviceChoice, ModelFolder, OpenError, OpenOptions, open_language_model, verify_whole,
    },
    ocr::{Ocr, OcrError},
};
use serde::Deserialize;
use std::{fs, path::Path, sync::LazyLock};

/// The embedder; its vectors are stored under this name (`docs/decisions` says why it was chosen).
pub const EMBEDDER: &str = "bge-small-en-v1.5";
/// The reader of text on pictures.
const READER: &str = "pp-ocrv6-small";
/// Tokens the embedder reads of one part of a text.
pub const EMBEDDER_TOKENS: usize = 256;

/// What finds personal details.
pub const CLASSIFIER: &str = "rampart";

const MANIFESTS: [&str; 7] = [
    include_str!("../../../models/qwen2.5-coder-0.5b-instruct.toml"),
    include_str!("../../../models/qwen2.5-coder-1.5b-instruct.toml"),
    include_str!("../../../models/smollm2-135m-instruct.toml"),
    include_str!("../../../models/bge-small-en-v1.5.toml"),
    include_str!("../../../models/nomic-embed-text-v1.5.toml"),
    include_str!("../../../models/pp-ocrv6-small.toml"),
    include_str!("../../../models/rampart.toml"),
];

/// What of a manifest matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// Its folder's name.
    pub id: String,
    /// For people.
    pub title: String,
    /// What it does.
    pub role: ModelRole,
    /// SPDX.
    pub licence: String,
    /// Its files.
    #[serde(rename = "file")]
    pub files: Vec<ManifestFile>,
}

/// One file of a model.
#[derive(Clone, Debug, Deserialize)]
pub struct ManifestFile {
    /// In the model's folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its hash, lower-case hex.
    pub sha256: String,
}

static KNOWN: LazyLock<Vec<Manifest>> = LazyLock::new(|| {
    let parse = |text: &&str| toml::from_str(text).expect("manifests are checked by a test");
    MANIFESTS.iter().map(parse).collect()
});

/// The chat model called `id`.
pub fn chat(id: &str) -> Option<&'static Manifest> {
    KNOWN
        .iter()
        .find(|model| model.role == ModelRole::Chat && model.id == id)
}

/// Every model, and the user's own file when it is the one chosen.
pub fn choices(settings: &Settings) -> Vec<ModelChoice> {
    let chosen = |id: &str| id == settings.model;
    let mut choices: Vec<ModelChoice> = KNOWN
        .iter()
        .map(|model| ModelChoice {
            id: model.id.clone(),
            name: model.title.clone(),
            bytes: model.files.iter().map(|file| file.bytes).sum(),
            role: model.role,
            licence: model.licence.clone(),
            present: is_present(model),
            chosen: chosen(&model.id) || [EMBEDDER, READER, CLASSIFIER].contains(&&*model.id),
        })
        .collect();
    if chat(&settings.model).is_none() {
        choices.push(own_file(&settings.model));
    }
    choices
}

/// Loads the chat model that the settings name.
pub fn open_chat(settings: &Settings) -> Result<Box<dyn LanguageModel>, Failure> {
    let device = match settings.device {
        Device::Cpu => DeviceChoice::Cpu,
        Device::Fastest => DeviceChoice::Fastest,
    };
    let manifest = chat(&settings.model);
    let options = OpenOptions {
        device,
        sha256: manifest.map(|model| model.files[0].sha256.clone()),
        ..OpenOptions::default()
    };
    let opened = match manifest {
        Some(model) => ModelFolder::from_environment().open_language_model(&model.id, &options),
        None => open_language_model(Path::new(&settings.model), &options),
    };
    opened.map_err(|error| failure_of(&error))
}

/// Loads the embedder.
pub fn open_embedder() -> Result<Box<dyn Embedder>, Failure> {
    check_whole(EMBEDDER)?;
    let folder = ModelFolder::from_environment();
    let opened = folder.open_embedder(EMBEDDER, EMBEDDER_TOKENS);
    opened.map_err(|error| failure_of(&error))
}

/// Loads the reader; it uses `threads` threads of its own.
pub fn open_reader(threads: usize) -> Result<Ocr, Failure> {
    check_whole(READER)?;
    Ocr::open(&home::models_dir().join(READER), threads).map_err(|error| {
        let code = match error {
            OcrError::MissingModel { .. } => Code::ModelMissing,
            OcrError::BrokenModel { .. } => Code::ModelCorrupt,
            OcrError::Run(_) => Code::Internal,
        };
        Failure::new(code, sentence(&error.to_string()))
    })
}

/// Loads what finds personal details.
pub fn open_classifier() -> Result<TokenClassifier, Failure> {
    check_whole(CLASSIFIER)?;
    let opened = ModelFolder::from_environment().open_classifier(CLASSIFIER);
    opened.map_err(|error| failure_of(&error))
}

/// That each file of a small model is what its manifest says: damaged weights would find or read something, and nobody would know that it
/// is wrong. Files that are missing are named by whoever opens them.
fn check_whole(id: &str) -> Result<(), Failure> {
    let files = KNOWN.iter().filter(|model| model.id == id);
    for file in files.flat_map(|model| &model.files) {
        let path = home::models_dir().join(id).join(&file.name);
        if path.is_file() {
            verify_whole(&path, &file.sha256).map_err(|error| failure_of(&error))?;
        }
    }
    Ok(())
}

fn is_present(model: &Manifest) -> bool {
    let folder = home::models_dir().join(&model.id);
    let has = |file: &ManifestFile| {
        fs::metadata(folder.join(&file.name)).is_ok_and(|found| found.len() == file.bytes)
    };
    model.files.iter().all(has)
}

fn own_file(path: &str) -> ModelChoice {
    let name = Path::new(path)
        .file_name()
        .map_or(path.into(), |name| name.to_string_lossy());
    let found = fs::metadata(path);
    ModelChoice {
        id: path.into(),
        name: name.into_owned(),
        bytes: found.as_ref().map_or(0, |found| found.len()),
        role: ModelRole::Chat,
        licence: String::new(),
        present: found.is_ok(),
        chosen: true,
    }
}

fn failure_of(error: &OpenError) -> Failure {
    let code = match error {
        OpenError::Missing { .. } => Code::ModelMissing,
        OpenError::Corrupt { .. } | OpenError::Io { .. } => Code::ModelCorrupt,
        OpenError::Unsupported { .. } | OpenError::UnknownEmbedder(_) => Code::ModelUnsupported,
        OpenError::TooLarge { .. } => Code::OutOfMemory,
    };
    Failure::new(code, sentence(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manifest_is_understood_and_the_default_is_among_them() {
        assert_eq!(KNOWN.len(), MANIFESTS.len());
        assert!(chat(&Settings::default().model).is_some());
        for id in [EMBEDDER, READER, CLASSIFIER] {
            assert!(KNOWN.iter().any(|model| model.id == id), "{id}");
        }
        assert!(KNOWN.iter().all(|model| !model.files.is_empty()));
    }

    #[test]
    fn a_file_of_the_users_own_is_listed_when_it_is_chosen() {
        let settings = Settings {
            model: "/models/own.gguf".into(),
            ..Settings::default()
        };
        let own = choices(&settings).pop().unwrap();
        assert!(own.chosen && !own.present && own.name == "own.gguf");
        let chosen = choices(&Settings::default())
            .into_iter()
            .filter(|choice| choice.chosen);
        assert!(
            chosen
                .into_iter()
                .any(|choice| choice.id == Settings::default().model)
        );
    }
}
