//! The shape of the house: who may import whom, what may be linked, where SQL and kernels stand.
//!
//! The table here is the one in `docs/ARCHITECTURE.md`. A new edge is a decision: change both, with the reason.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// Each crate and the crates of ours it may import, in any kind of dependency. `tests` sees everything.
const IMPORTS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("infer", &[]),
    ("capture", &["domain"]),
    ("store", &["domain"]),
    ("recall", &["store", "domain"]),
    ("mind", &["infer", "domain"]),
    (
        "engine",
        &["capture", "mind", "recall", "store", "infer", "domain"],
    ),
    ("cli", &["engine"]),
    ("desktop", &["engine"]),
    ("xtask", &[]),
];

/// What the two surfaces may name of the engine.
const ENGINE_DOORS: &[&str] = &["api", "client"];

/// The platforms the product is built for.
const PLATFORMS: &[&str] = &[
    "x86_64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

#[test]
fn crates_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (name, imports) in imports_of_workspace() {
        wrong.extend(edges_not_in_table(IMPORTS, &name, &imports));
    }
    assert_nothing(&wrong);
}

#[test]
fn the_surfaces_reach_the_engine_through_its_api_and_client() {
    let mut wrong = Vec::new();
    for file in sources(&["crates/cli/src", "src-tauri/src"], "rs") {
        let doors = names_after(&code(&file), "afterimage_engine");
        let others = doors
            .iter()
            .filter(|door| !ENGINE_DOORS.contains(&door.as_str()));
        wrong.extend(others.map(|door| format!("{} uses afterimage_engine::{door}", shown(&file))));
    }
    assert_nothing(&wrong);
}

#[test]
fn the_product_links_no_http_client() {
    let rules = rules();
    let banned: BTreeSet<&str> = rules["bans"]["deny"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|ban| ban["crate"].as_str().expect("a name"))
        .collect();
    assert!(banned.contains("reqwest"), "deny.toml bans HTTP clients");
    for platform in PLATFORMS {
        let graph = Graph::of(metadata(platform));
        assert_nothing(&graph.ways_to(&banned, platform));
    }
}

#[test]
fn every_dependency_has_a_licence_we_accept() {
    let rules = rules();
    let allowed = words(&rules["licenses"]["allow"]);
    let mut wrong = BTreeSet::new();
    for platform in PLATFORMS {
        for package in metadata(platform)["packages"].as_array().expect("packages") {
            let name = package["name"].as_str().expect("a name");
            let licence = package["license"].as_str().unwrap_or("none stated");
            let mut allowed = allowed.clone();
            let exceptions = rules["licenses"]["exceptions"]
                .as_array()
                .into_iter()
                .flatten();
            exceptions
                .filter(|exception| exception["crate"].as_str() == Some(name))
                .for_each(|exception| allowed.extend(words(&exception["allow"])));
            if !is_allowed(licence, &allowed) {
                wrong.insert(format!("{name}: {licence}"));
            }
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn sql_stands_in_the_store_only() {
    let mut wrong = Vec::new();
    for file in crate_sources().filter(|file| !file.starts_with(root().join("crates/store"))) {
        wrong.extend(
            sql_in(&code(&file))
                .iter()
                .map(|sql| format!("{}: {sql}", shown(&file))),
        );
    }
    assert_nothing(&wrong);
}

/// R8
#[test]
fn there_is_one_redactor_and_nothing_else_makes_clean_values() {
    let mut wrong = Vec::new();
    for file in crate_sources().filter(|file| !file.ends_with("domain/src/redaction.rs")) {
        let code = code(&file);
        let is_redactor =
            code.contains("impl Redactor for") || code.contains("redaction::Redactor for");
        if is_redactor && !file.ends_with("mind/src/redact.rs") && !shown(&file).contains("/tests/")
        {
            wrong.push(format!("{} has a redactor of its own", shown(&file)));
        }
    }
    let types = code(&root().join("crates/domain/src/redaction.rs"));
    for (name, banned) in [
        ("Raw", "Clone Copy Debug Serialize Deserialize"),
        ("Clean", "Deserialize Default"),
    ] {
        let declared = types
            .split(&format!("pub struct {name}<T>(T);"))
            .next()
            .unwrap_or_default();
        let attributes = declared.rsplit("\n\n").next().unwrap_or_default();
        let derived = banned.split(' ').filter(|banned| {
            attributes.contains(&format!(" {banned}")) || attributes.contains(&format!("({banned}"))
        });
        wrong.extend(derived.map(|derived| format!("{name} is {derived}")));
        let made = types.matches(&format!("for {name}<T>")).count();
        assert_eq!(
            made,
            usize::from(name == "Clean"),
            "{name} has traits besides Deref"
        );
    }
    assert_nothing(&wrong);
}

#[test]
fn below_the_engine_nothing_reads_the_clock() {
    let mut wrong = Vec::new();
    for name in ["domain", "infer", "capture", "store", "recall", "mind"] {
        for file in sources(&[&format!("crates/{name}/src")], "rs") {
            wrong.extend(
                clocks_in(&code(&file))
                    .iter()
                    .map(|clock| format!("{}: {clock}", shown(&file))),
            );
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn every_kernel_has_one_entry_point_and_a_row_in_the_table() {
    let table = std::fs::read_to_string(root().join("shaders/README.md")).unwrap_or_default();
    let kernels = sources(&["shaders"], "wgsl").into_iter().map(|file| {
        (
            shown(&file).trim_start_matches("shaders/").to_owned(),
            code(&file),
        )
    });
    assert_nothing(
        &kernels
            .filter_map(|(name, source)| kernel_fault(&name, &source, &table))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_numbered_behaviour_has_a_test_that_quotes_its_number() {
    let read = |file: PathBuf| std::fs::read_to_string(file).unwrap_or_default();
    let numbers = |pattern: &str, text: &str| -> BTreeSet<String> {
        let pattern = Regex::new(pattern).expect("a pattern of ours");
        let found = pattern.captures_iter(text);
        found.map(|found| found[1].to_owned()).collect()
    };
    let specified: String = sources(&["docs/spec"], "md")
        .into_iter()
        .map(read)
        .collect();
    let specified = numbers(r"(?m)^- \*\*([A-Z]\d+)\*\* ", &specified);
    assert!(specified.len() > 20, "the specification is not read");
    // Quoted in the comment of a test, or at the beginning of its name.
    let rust = sources(&["crates", "tests/it"], "rs").into_iter().map(read);
    let quoted = rust.flat_map(|code| {
        let comments = r"(?m)^ *///? ([A-Z]\d+)\b[^\n]*\n(?: *///?[^\n]*\n)* *#\[test\]";
        let named = numbers(r"(?m)^ *fn ([a-z]\d+)_\w+\(", &code);
        let named = named.into_iter().map(|number| number.to_uppercase());
        Vec::from_iter(numbers(comments, &code).into_iter().chain(named))
    });
    let scripts = ["tsx", "ts"].map(|extension| sources(&["ui/test"], extension));
    let scripts = scripts.into_iter().flatten().map(read);
    let in_scripts = scripts.flat_map(|code| numbers(r"\b([A-Z]\d+)\b", &code));
    let tested: BTreeSet<String> = quoted.chain(in_scripts).collect();
    let untested: Vec<&String> = specified.difference(&tested).collect();
    assert_eq!(untested, [""; 0], "behaviours without a test");
}

#[test]
fn the_interface_is_built_in_floors_and_has_one_door_to_rust() {
    let mut wrong = Vec::new();
    for file in sources(&["ui/src"], "ts")
        .into_iter()
        .chain(sources(&["ui/src"], "tsx"))
    {
        let name = shown(&file).trim_start_matches("ui/src/").to_owned();
        let imports = specifiers_in(&code(&file));
        wrong.extend(
            imports
                .iter()
                .filter_map(|import| interface_fault(&name, import)),
        );
    }
    assert_nothing(&wrong);
}

// --- the checks, as functions of what they look at ---

/// The imports of a crate that the table does not have.
fn edges_not_in_table(
    table: &[(&str, &[&str])],
    name: &str,
    imports: &BTreeSet<String>,
) -> Vec<String> {
    let Some((_, allowed)) = table.iter().find(|(known, _)| *known == name) else {
        return vec![format!(
            "`{name}` is not in the table of who may import whom"
        )];
    };
    let others = imports
        .iter()
        .filter(|import| !allowed.contains(&import.as_str()));
    others
        .map(|import| format!("`{name}` imports `{import}`, which the table does not allow"))
        .collect()
}

/// The names that follow `package::` in code, braces opened; `*` where the whole package is taken.
fn names_after(code: &str, package: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(package) {
        let rest = code[at + package.len()..].trim_start();
        match rest.strip_prefix("::").map(str::trim_start) {
            Some(list) if list.starts_with('{') => names.extend(heads_of_group(list)),
            path => names.extend([identifier(path.unwrap_or_default())]),
        }
    }
    names
}

/// The first name of each path in `{a::b, c::{d, e}}`.
fn heads_of_group(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut fresh) = (0, Vec::new(), true);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            _ if depth == 1 && fresh && !character.is_whitespace() => {
                heads.push(identifier(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

fn identifier(text: &str) -> String {
    let name: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    if name.is_empty() {
        "*".to_owned()
    } else {
        name
    }
}

/// Whether an SPDX expression can be met with the licences allowed; `/` is the old way to write OR.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let text = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut tokens: VecDeque<&str> = text.split_whitespace().collect();
    any_of(&mut tokens, allowed) && tokens.is_empty()
}

fn any_of(tokens: &mut VecDeque<&str>, allowed: &BTreeSet<String>) -> bool {
    let mut met = all_of(tokens, allowed);
    while tokens.front() == Some(&"OR") {
        tokens.pop_front();
        met |= all_of(tokens, allowed);
    }
    met
}

fn all_of(tokens: &mut VecDeque<&str>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(tokens, allowed);
    while tokens.front() == Some(&"AND") {
        tokens.pop_front();
        met &= one(tokens, allowed);
    }
    met
}

fn one(tokens: &mut VecDeque<&str>, allowed: &BTreeSet<String>) -> bool {
    match tokens.pop_front() {
        Some("(") => {
            let met = any_of(tokens, allowed);
            met & (tokens.pop_front() == Some(")"))
        }
        Some(licence) if tokens.front() == Some(&"WITH") => {
            tokens.pop_front();
            let exception = tokens.pop_front().unwrap_or_default();
            allowed.contains(&format!("{licence} WITH {exception}"))
        }
        Some(licence) => allowed.contains(licence),
        None => false,
    }
}

/// String literals that are SQL statements.
fn sql_in(code: &str) -> Vec<String> {
    static SQL: LazyLock<Regex> = LazyLock::new(|| {
        let statements = [
            r"SELECT\s[^\x22]*\sFROM\s",
            r"INSERT\s+(OR\s+\w+\s+)?INTO\s",
            r"UPDATE\s+\w+\s+SET\s",
            r"DELETE\s+FROM\s",
            r"(CREATE|DROP|ALTER)\s+(UNIQUE\s+|VIRTUAL\s+|TEMP\s+)*(TABLE|INDEX|TRIGGER|VIEW)\s",
            r"PRAGMA\s+\w",
        ];
        Regex::new(&format!(r"\x22[\s\\n]*(?:{})", statements.join("|"))).expect("a pattern")
    });
    SQL.find_iter(code)
        .map(|found| found.as_str().trim_matches(['"', ' ', '\n']).to_owned())
        .collect()
}

/// Calls that read the wall clock.
fn clocks_in(code: &str) -> Vec<String> {
    static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(SystemTime|Timestamp|Zoned|Utc|Local|OffsetDateTime)::now\b")
            .expect("a pattern")
    });
    CLOCK
        .find_iter(code)
        .map(|found| found.as_str().to_owned())
        .collect()
}

/// What is wrong with a kernel: parts in `lib/` have no entry point, every other file has one, of the file's name,
/// and a row in the table.
fn kernel_fault(file: &str, source: &str, table: &str) -> Option<String> {
    static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"@(?:compute|vertex|fragment)\b[^{;]*?\bfn\s+(\w+)").expect("a pattern")
    });
    let name = file.trim_end_matches(".wgsl");
    let entries: Vec<&str> = ENTRY
        .captures_iter(source)
        .filter_map(|found| Some(found.get(1)?.as_str()))
        .collect();
    let wanted = if name.starts_with("lib/") {
        vec![]
    } else {
        vec![name]
    };
    if entries != wanted {
        return Some(format!(
            "shaders/{file} has the entry points {entries:?}, not {wanted:?}"
        ));
    }
    let mut rows = table.lines().filter(|line| line.starts_with('|'));
    let row = format!("`{}`", name.trim_start_matches("lib/"));
    let listed = rows.any(|line| line.contains(&row));
    (!listed).then(|| format!("shaders/{file} has no row in shaders/README.md"))
}

/// The modules that a TypeScript source imports.
fn specifiers_in(code: &str) -> Vec<String> {
    static IMPORT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\b(?:from|import)\s*\(?\s*"([^"]+)""#).expect("a pattern"));
    IMPORT
        .captures_iter(code)
        .map(|found| found[1].to_owned())
        .collect()
}

/// What is wrong with an import of the interface: `app` stands on `features`, they on `components`, those on `lib`;
/// one feature does not know another; `lib/tauri.ts` alone speaks to Rust.
fn interface_fault(file: &str, import: &str) -> Option<String> {
    let fault = || Some(format!("ui/src/{file} imports {import}"));
    if import.starts_with("@tauri-apps") {
        return if file == "lib/tauri.ts" {
            None
        } else {
            fault()
        };
    }
    if !import.starts_with('.') {
        return None;
    }
    let target = resolved(file, import);
    let part = |path: &str| path.split('/').take(2).collect::<Vec<_>>().join("/");
    let height = |path: &str| {
        ["lib/", "components/", "features/"]
            .iter()
            .position(|floor| path.starts_with(floor))
            .unwrap_or(3)
    };
    let (from, to) = (height(file), height(&target));
    let to_another_feature = from == 2 && to == 2 && part(file) != part(&target);
    if to > from || to_another_feature {
        fault()
    } else {
        None
    }
}

/// `features/chat/Chat.tsx` and `../../lib/now` make `lib/now`.
fn resolved(file: &str, import: &str) -> String {
    let mut path: Vec<&str> = file.split('/').collect();
    path.pop();
    for step in import.split('/') {
        match step {
            "." => {}
            ".." => _ = path.pop(),
            name => path.push(name),
        }
    }
    path.join("/")
}

/// The packages a build of one platform links, and who brought them.
struct Graph {
    names: BTreeMap<String, String>,
    links: BTreeMap<String, Vec<String>>,
    roots: Vec<String>,
}

impl Graph {
    /// From `cargo metadata`: normal edges only, from the workspace's members without the tests.
    fn of(metadata: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        let packages = metadata["packages"].as_array().expect("packages");
        let names: BTreeMap<_, _> = packages
            .iter()
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let nodes = metadata["resolve"]["nodes"].as_array().expect("nodes");
        let is_normal = |edge: &&Value| {
            edge["dep_kinds"]
                .as_array()
                .expect("kinds")
                .iter()
                .any(|kind| kind["kind"].is_null())
        };
        let targets = |node: &Value| {
            node["deps"]
                .as_array()
                .expect("deps")
                .iter()
                .filter(is_normal)
                .map(|edge| text(&edge["pkg"]))
                .collect()
        };
        let links = nodes
            .iter()
            .map(|node| (text(&node["id"]), targets(node)))
            .collect();
        let members = metadata["workspace_members"]
            .as_array()
            .expect("members")
            .iter()
            .map(text);
        let roots = members
            .filter(|id| names[id] != "afterimage-tests")
            .collect();
        Self {
            names,
            links,
            roots,
        }
    }

    /// For each banned package that is linked, the shortest chain that brings it.
    fn ways_to(&self, banned: &BTreeSet<&str>, platform: &str) -> Vec<String> {
        let mut came_from: BTreeMap<&str, Option<&str>> = self
            .roots
            .iter()
            .map(|root| (root.as_str(), None))
            .collect();
        let mut queue: VecDeque<&str> = self.roots.iter().map(String::as_str).collect();
        let mut ways = Vec::new();
        while let Some(id) = queue.pop_front() {
            if banned.contains(self.names[id].as_str()) {
                ways.push(format!("{platform}: {}", self.chain(id, &came_from)));
            }
            for next in self.links.get(id).into_iter().flatten() {
                if !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, Some(id));
                    queue.push_back(next);
                }
            }
        }
        ways
    }

    fn chain(&self, id: &str, came_from: &BTreeMap<&str, Option<&str>>) -> String {
        let steps = std::iter::successors(Some(id), |id| came_from[id]);
        let mut names: Vec<&str> = steps.map(|id| self.names[id].as_str()).collect();
        names.reverse();
        names.join(" -> ")
    }
}

// --- what they look at ---

pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        Path::new("..")
            .canonicalize()
            .expect("tests/ lies in the repository")
    });
    &ROOT
}

/// Each crate of the workspace but the tests, and the crates of ours it names in its manifest or its sources.
fn imports_of_workspace() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata(PLATFORMS[0]);
    let members: BTreeSet<&str> = metadata["workspace_members"]
        .as_array()
        .expect("members")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let packages = metadata["packages"].as_array().expect("packages");
    let ours = packages
        .iter()
        .filter(|package| members.contains(package["id"].as_str().expect("an id")));
    let ours = ours.filter(|package| package["name"] != "afterimage-tests");
    ours.map(|package| {
        (
            short(package["name"].as_str().expect("a name")),
            imports_of(package),
        )
    })
    .collect()
}

fn imports_of(package: &Value) -> BTreeSet<String> {
    let declared = package["dependencies"]
        .as_array()
        .expect("dependencies")
        .iter()
        .filter_map(|edge| edge["name"].as_str());
    let mut imports: BTreeSet<String> = declared
        .filter(|name| name.starts_with("afterimage-"))
        .map(short)
        .collect();
    let own = short(package["name"].as_str().expect("a name"));
    let folder = Path::new(package["manifest_path"].as_str().expect("a path"))
        .parent()
        .expect("a folder")
        .to_owned();
    for file in files_below(&folder.join("src"), "rs") {
        imports.extend(crates_named_in(&code(&file)));
    }
    imports.remove(&own);
    imports
}

/// The crates of ours that code names: `store` for `afterimage_store::Reader`.
fn crates_named_in(code: &str) -> BTreeSet<String> {
    static OURS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\bafterimage_(\w+)\s*::").expect("a pattern"));
    OURS.captures_iter(code)
        .map(|found| found[1].to_owned())
        .collect()
}

fn short(name: &str) -> String {
    name.trim_start_matches("afterimage-").to_owned()
}

/// `cargo metadata` for one platform, asked once.
pub fn metadata(platform: &'static str) -> &'static Value {
    static ASKED: LazyLock<BTreeMap<&str, Value>> = LazyLock::new(|| {
        PLATFORMS
            .iter()
            .map(|platform| (*platform, ask(platform)))
            .collect()
    });
    &ASKED[platform]
}

fn ask(platform: &str) -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = [
        "metadata",
        "--locked",
        "--offline",
        "--format-version",
        "1",
        "--filter-platform",
        platform,
    ];
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the crates of {platform} are not here; run `cargo fetch --locked`:\n{complaint}"
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn rules() -> toml::Value {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml is there");
    text.parse()
        .map(toml::Value::Table)
        .expect("deny.toml is TOML")
}

fn words(list: &toml::Value) -> BTreeSet<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}

fn crate_sources() -> impl Iterator<Item = PathBuf> {
    sources(&["crates", "src-tauri"], "rs").into_iter()
}

fn sources(folders: &[&str], extension: &str) -> Vec<PathBuf> {
    folders
        .iter()
        .flat_map(|folder| files_below(&root().join(folder), extension))
        .collect()
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let is_wanted = |path: &PathBuf| path.extension().is_some_and(|found| found == extension);
    paths
        .into_iter()
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path, extension)
            } else {
                Vec::from_iter(Some(path).filter(is_wanted))
            }
        })
        .collect()
}

/// A source file without its line comments and its tests.
fn code(file: &Path) -> String {
    without_comments_and_tests(&std::fs::read_to_string(file).expect("a source is text"))
}

fn without_comments_and_tests(source: &str) -> String {
    let product = source
        .split("#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default();
    product
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root())
        .unwrap_or(file)
        .display()
        .to_string()
}

fn assert_nothing<'a>(wrong: impl IntoIterator<Item = &'a String>) {
    let wrong: Vec<&str> = wrong.into_iter().map(String::as_str).collect();
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}

/// Each check, shown to fail.
mod can_fail {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn an_edge_that_is_not_in_the_table() {
        let check = |name, imports: &[&str], faults: usize| {
            assert_eq!(
                edges_not_in_table(IMPORTS, name, &set(imports)).len(),
                faults,
                "{name} -> {imports:?}"
            );
        };
        check("mind", &["infer", "domain"], 0);
        check("mind", &["store"], 1);
        check("capture", &["store", "mind"], 2);
        check("infer", &["domain"], 1);
        check("cli", &["store"], 1);
        check("newcomer", &[], 1);
    }

    #[test]
    fn a_crate_of_ours_named_in_a_source() {
        let check = |code, found: &[&str]| assert_eq!(crates_named_in(code), set(found), "{code}");
        check("use afterimage_store::Reader;", &["store"]);
        check("fn f() -> afterimage_mind :: Mind", &["mind"]);
        check("let afterimage_home = 1;", &[]);
    }

    #[test]
    fn a_door_that_is_not_the_api_or_the_client() {
        let check = |code, found: &[&str]| {
            assert_eq!(names_after(code, "afterimage_engine"), set(found), "{code}")
        };
        check("use afterimage_engine::api::Request;", &["api"]);
        check(
            "use afterimage_engine::{api::{Event, Request}, client::Client};",
            &["api", "client"],
        );
        check(
            "use afterimage_engine::{\n    settings::Settings,\n    api,\n};",
            &["api", "settings"],
        );
        check("afterimage_engine::threads::start()", &["threads"]);
        check("use afterimage_engine as inner;", &["*"]);
        check("use afterimage_engine::*;", &["*"]);
    }

    #[test]
    fn a_licence_that_is_not_allowed() {
        let allowed = set(&["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]);
        let check =
            |expression, good| assert_eq!(is_allowed(expression, &allowed), good, "{expression}");
        check("MIT", true);
        check("GPL-3.0", false);
        check("MIT OR GPL-3.0", true);
        check("GPL-3.0/MIT", true);
        check("MIT AND GPL-3.0", false);
        check("(MIT OR GPL-3.0) AND Apache-2.0", true);
        check("MIT OR GPL-3.0 AND AGPL-3.0", true);
        check("(GPL-2.0 OR AGPL-3.0) AND MIT", false);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("GPL-2.0 WITH Classpath-exception-2.0", false);
        check("none stated", false);
        check("", false);
        check("(MIT", false);
    }

    #[test]
    fn sql_outside_the_store() {
        let check = |code, found: usize| assert_eq!(sql_in(code).len(), found, "{code}");
        check(r#"query("SELECT id FROM memory WHERE kind = ?1")"#, 1);
        check(
            "query(\"\n    INSERT OR IGNORE INTO frame (id) VALUES (?1)\")",
            1,
        );
        check(r#"("DELETE FROM job ", "PRAGMA key = 1")"#, 2);
        check(
            r#"("CREATE VIRTUAL TABLE words USING fts5", "UPDATE job SET done = 1")"#,
            2,
        );
        check(r#""Select a memory from the list""#, 0);
        check(r#""an UPDATE is available""#, 0);
    }

    #[test]
    fn a_clock_below_the_engine() {
        let check = |code, found: usize| assert_eq!(clocks_in(code).len(), found, "{code}");
        check("std::time::SystemTime::now()", 1);
        check("jiff::Zoned::now() + Timestamp::now()", 2);
        check("Instant::now()", 0);
    }

    #[test]
    fn a_kernel_without_a_row_or_with_two_entry_points() {
        let table = "| kernel | what |\n|---|---|\n| `luma` | grey |\n| `tile` | part |\n`hash`";
        let check = |name, source, good| {
            assert_eq!(
                kernel_fault(name, source, table).is_none(),
                good,
                "{name}: {source}"
            );
        };
        check(
            "luma.wgsl",
            "@compute @workgroup_size(8, 8)\nfn luma() {}",
            true,
        );
        check(
            "luma.wgsl",
            "@compute fn luma() {} @compute fn b() {}",
            false,
        );
        check("luma.wgsl", "@compute fn main() {}", false);
        check("luma.wgsl", "fn part() {}", false);
        check("hash.wgsl", "@compute fn hash() {}", false);
        check("lib/tile.wgsl", "fn part() {}", true);
        check("lib/tile.wgsl", "@compute fn main() {}", false);
    }

    #[test]
    fn an_import_of_the_interface_that_goes_up_or_across() {
        let check = |file, import, good| {
            assert_eq!(
                interface_fault(file, import).is_none(),
                good,
                "{file} {import}"
            )
        };
        check("app/Home.tsx", "../features/chat/Chat", true);
        check("features/chat/Chat.tsx", "../../components/Button", true);
        check("features/chat/Chat.tsx", "./Turn", true);
        check("features/chat/Chat.tsx", "../../lib/now", true);
        check("features/chat/Chat.tsx", "../memories/Row", false);
        check("features/chat/Chat.tsx", "../../app/Home", false);
        check("components/Card.tsx", "../features/chat/Chat", false);
        check("lib/engine.ts", "../components/Card", false);
        check("lib/engine.ts", "react", true);
        check("lib/tauri.ts", "@tauri-apps/api/core", true);
        check("features/chat/Chat.tsx", "@tauri-apps/api/core", false);
    }

    #[test]
    fn imports_are_found_in_every_form() {
        let check = |code, found: &[&str]| assert_eq!(specifiers_in(code), found, "{code}");
        check(r#"import { a } from "./a";"#, &["./a"]);
        check("import {\n  a,\n} from \"../b\";", &["../b"]);
        check(r#"import "./style.css";"#, &["./style.css"]);
        check(
            r#"const c = await import("./c"); export * from "./d";"#,
            &["./c", "./d"],
        );
    }

    #[test]
    fn a_client_that_is_linked_through_another_crate() {
        let package = |id: &str| serde_json::json!({"id": id, "name": id});
        let node = |id: &str, to: &str, kind: Value| serde_json::json!({"id": id, "deps": [{"pkg": to, "dep_kinds": [{"kind": kind}]}]});
        let check = |kind: Value, ways: &[&str]| {
            let packages = ["desktop", "shell", "reqwest"].map(package);
            let end = serde_json::json!({"id": "reqwest", "deps": []});
            let nodes = [
                node("desktop", "shell", Value::Null),
                node("shell", "reqwest", kind),
                end,
            ];
            let graph = Graph::of(&serde_json::json!({
                "packages": packages,
                "workspace_members": ["desktop"],
                "resolve": {"nodes": nodes},
            }));
            assert_eq!(graph.ways_to(&BTreeSet::from(["reqwest"]), "linux"), ways);
        };
        check(Value::Null, &["linux: desktop -> shell -> reqwest"]);
        check(Value::from("build"), &[]);
        check(Value::from("dev"), &[]);
    }

    #[test]
    fn what_is_code_and_what_is_not() {
        let source =
            "use a;\n// afterimage_store::x\nfn f() {}\n#[cfg(test)]\nmod tests { use b; }";
        assert_eq!(without_comments_and_tests(source), "use a;\nfn f() {}\n");
    }
}
