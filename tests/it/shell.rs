//! The desktop window's configuration, permissions, page and features, held to a list (`docs/spec/door.md`, D8).
//!
//! What is compared is what the shell is built from. A deviation is a decision: change the list here too, with the reason.

use crate::architecture::{metadata, root};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Plugins the shell may have. None reads files, starts programs, fetches, opens addresses or keeps data.
const PLUGINS: [&str; 3] = [
    "tauri-plugin-global-shortcut",
    "tauri-plugin-single-instance",
    "tauri-plugin-window-state",
];

/// What of Tauri is built beside what its version builds anyway.
const FEATURES: [&str; 2] = ["image-png", "tray-icon"];

/// Features of Tauri that must not be built, whoever asks for them.
const NEVER: [&str; 7] = [
    "devtools",
    "protocol-asset",
    "http-range",
    "unstable",
    "macos-private-api",
    "webview-data-url",
    "tracing",
];

/// Permissions that are not commands of ours.
const CORE: [&str; 2] = ["core:event:allow-listen", "core:event:allow-unlisten"];

/// The commands there are; the list of the command handler and of the build script too.
const COMMANDS: [&str; 10] = [
    "profile",
    "create_profile",
    "choose_profile",
    "strength",
    "unlock",
    "call",
    "ask",
    "stop",
    "theme",
    "set_theme",
];

/// All of it that can deviate.
#[derive(Clone)]
struct Shell {
    /// `tauri.conf.json`.
    config: Value,
    /// Each file of `capabilities/`, by name.
    capabilities: Vec<(String, Value)>,
    /// Every file in the folder of the shell, for configurations that would be laid over.
    files: Vec<String>,
    /// The page, and the built one where it is built.
    pages: Vec<String>,
    /// The sources of the shell, joined.
    code: String,
    /// `build.rs`.
    build: String,
    /// Dependencies of the shell, by name.
    dependencies: BTreeSet<String>,
    /// The features that Tauri is asked for by us.
    asked: BTreeSet<String>,
    /// The features that Tauri is built with.
    built: BTreeSet<String>,
}

impl Shell {
    fn load() -> Self {
        let folder = root().join("src-tauri");
        let text = |path: PathBuf| {
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let json = |path| serde_json::from_str(&text(path)).expect("JSON");
        let names = |folder: &Path| {
            let entries = fs::read_dir(folder).expect("a folder").flatten();
            let mut names: Vec<_> = entries
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        let capabilities = names(&folder.join("capabilities")).into_iter();
        let sources = names(&folder.join("src")).into_iter();
        let built = root().join("ui/dist/index.html");
        let pages = [root().join("ui/index.html"), built];
        let shell = package("afterimage-desktop");
        let dependencies = shell["dependencies"].as_array().expect("dependencies");
        let tauri = dependencies.iter().find(|one| one["name"] == "tauri");
        Self {
            config: json(folder.join("tauri.conf.json")),
            capabilities: capabilities
                .map(|name| (name.clone(), json(folder.join("capabilities").join(name))))
                .collect(),
            files: names(&folder),
            pages: pages
                .into_iter()
                .filter(|page| page.exists())
                .map(text)
                .collect(),
            code: sources
                .map(|name| text(folder.join("src").join(name)))
                .collect(),
            build: text(folder.join("build.rs")),
            dependencies: dependencies.iter().map(|one| word(&one["name"])).collect(),
            asked: words(&tauri.expect("the shell is built on Tauri")["features"]),
            built: features_of_tauri(),
        }
    }

    /// Everything that is not as it has to be.
    fn faults(&self) -> Vec<String> {
        let mut faults = self.of_config();
        faults.extend(self.of_capabilities());
        faults.extend(self.pages.iter().flat_map(|page| of_page(page)));
        faults.extend(self.of_code());
        faults.extend(self.of_build());
        faults
    }

    fn of_config(&self) -> Vec<String> {
        let policy = json!({
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "font-src": "'self'",
            "img-src": "'self' frame: http://frame.localhost",
            "connect-src": "ipc: http://ipc.localhost",
            "frame-src": "'none'",
            "object-src": "'none'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'"
        });
        let security = json!({
            "freezePrototype": true,
            "dangerousDisableAssetCspModification": false,
            "assetProtocol": { "enable": false },
            "capabilities": ["main"],
            "csp": policy
        });
        let mut faults = Vec::new();
        let mut must = |what: &str, found: &Value, wanted: &Value| {
            if found != wanted {
                faults.push(format!("{what} is {found}, not {wanted}"));
            }
        };
        must("app.security", &self.config["app"]["security"], &security);
        must(
            "app.withGlobalTauri",
            &self.config["app"]["withGlobalTauri"],
            &json!(false),
        );
        must(
            "build",
            &self.config["build"],
            &json!({ "frontendDist": "../ui/dist" }),
        );
        let mut odd = Vec::new();
        let windows = self.config["app"]["windows"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        must("the number of windows", &json!(windows.len()), &json!(1));
        for window in windows {
            must("the window's label", &window["label"], &json!("main"));
            must("who makes the window", &window["create"], &json!(false));
            must("dragDropEnabled", &window["dragDropEnabled"], &json!(false));
            let shape = [
                "label",
                "create",
                "title",
                "width",
                "height",
                "minWidth",
                "minHeight",
                "dragDropEnabled",
            ];
            odd.extend(others("the window", window, &shape));
        }
        faults.extend(odd);
        let top = [
            "$schema",
            "productName",
            "identifier",
            "build",
            "app",
            "bundle",
        ];
        faults.extend(others("the configuration", &self.config, &top));
        faults.extend(others(
            "app",
            &self.config["app"],
            &["withGlobalTauri", "windows", "security"],
        ));
        let is_config = |name: &&String| name.starts_with("tauri.") || name.starts_with("Tauri.");
        let laid_over = self
            .files
            .iter()
            .filter(is_config)
            .filter(|name| *name != "tauri.conf.json");
        faults.extend(
            laid_over.map(|name| format!("src-tauri/{name} would be laid over the configuration")),
        );
        faults
    }

    fn of_capabilities(&self) -> Vec<String> {
        let names: Vec<&str> = self
            .capabilities
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let mut faults = Vec::new();
        if names != ["main.json"] {
            faults.push(format!("the capabilities are {names:?}"));
        }
        for (name, capability) in &self.capabilities {
            let known = [
                "identifier",
                "description",
                "local",
                "windows",
                "permissions",
            ];
            faults.extend(others(name, capability, &known));
            if capability["local"] != true || capability["windows"] != json!(["main"]) {
                faults.push(format!("{name} is for more than our own window"));
            }
            let allowed: BTreeSet<String> = COMMANDS
                .iter()
                .map(|command| format!("allow-{}", command.replace('_', "-")))
                .chain(CORE.map(String::from))
                .collect();
            let given = words(&capability["permissions"]);
            if given != allowed {
                let odd: Vec<_> = given.symmetric_difference(&allowed).collect();
                faults.push(format!("{name} differs from the list in {odd:?}"));
            }
        }
        faults
    }

    /// What only code can say: who handles commands, where the window may go, and that it shows its insides to nobody.
    fn of_code(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let handled = between(&self.code, "generate_handler![", "]");
        let handled: BTreeSet<String> = handled
            .split(',')
            .map(|command| command.trim().trim_start_matches("commands::").to_owned())
            .filter(|command| !command.is_empty())
            .collect();
        let declared = between(&self.build, ".commands(&[", "]");
        let declared: BTreeSet<String> = declared
            .split(',')
            .map(|command| command.trim().trim_matches('"').to_owned())
            .filter(|command| !command.is_empty())
            .collect();
        let known = COMMANDS.map(String::from).into();
        if handled != known || declared != known {
            faults.push(format!(
                "commands: handled {handled:?}, declared {declared:?}"
            ));
        }
        for needed in [
            ".devtools(false)",
            ".on_new_window(|_, _| NewWindowResponse::Deny)",
            ".on_navigation(is_ours)",
            ".incognito(!is_driven())",
        ] {
            if !self.code.contains(needed) {
                faults.push(format!("no window is built with {needed}"));
            }
        }
        for (word, times) in [
            ("WebviewWindowBuilder::", 1),
            ("WebviewBuilder::", 0),
            ("open_devtools", 0),
            (".eval(", 0),
            ("initialization_script", 0),
            ("add_capability", 0),
            ("append_invoke_initialization_script", 0),
            ("register_uri_scheme_protocol", 0),
            ("register_asynchronous_uri_scheme_protocol", 1),
        ] {
            let found = self.code.matches(word).count();
            if found != times {
                faults.push(format!(
                    "{word} stands {found} times in the shell, not {times}"
                ));
            }
        }
        faults
    }

    fn of_build(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let plugins = self
            .dependencies
            .iter()
            .filter(|name| name.starts_with("tauri-plugin-"));
        let odd = plugins.filter(|name| !PLUGINS.contains(&name.as_str()));
        faults.extend(odd.map(|name| format!("the plugin {name} is not on the list")));
        if self.asked != FEATURES.map(String::from).into() {
            faults.push(format!("Tauri is built with {:?}", self.asked));
        }
        let never = NEVER
            .iter()
            .filter(|feature| self.built.contains(**feature));
        faults.extend(never.map(|feature| format!("Tauri is built with {feature}")));
        faults
    }
}

/// Only our own scripts and styles, from files of ours; nothing in the page itself runs.
fn of_page(page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let plain = page.to_ascii_lowercase();
    for tag in [
        "iframe", "object", "embed", "base", "form", "style", "portal", "frame",
    ] {
        let opened = plain.contains(&format!("<{tag}>")) || plain.contains(&format!("<{tag} "));
        faults.extend(opened.then(|| format!("the page has a <{tag}>")));
    }
    for mark in [
        "http:",
        "https:",
        "javascript:",
        "data:",
        "//",
        "http-equiv",
        " style=",
    ] {
        faults.extend(
            plain
                .contains(mark)
                .then(|| format!("the page holds {mark}")),
        );
    }
    let words = plain.split(|sign: char| sign.is_whitespace() || sign == '<');
    let handlers = words.filter(|word| word.starts_with("on") && word.contains('='));
    faults.extend(handlers.map(|word| format!("the page runs {word}")));
    for script in plain.split("<script").skip(1) {
        let inside = between(script, ">", "</script>");
        if !inside.trim().is_empty() || !between(script, "", ">").contains(" src=") {
            faults.push("the page holds a script of its own".into());
        }
    }
    faults
}

fn others(place: &str, object: &Value, known: &[&str]) -> Vec<String> {
    let keys = object
        .as_object()
        .into_iter()
        .flat_map(|object| object.keys());
    let odd = keys.filter(|key| !known.contains(&key.as_str()));
    odd.map(|key| format!("{place} has `{key}`, which is not on the list"))
        .collect()
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or(rest, |(inside, _)| inside)
}

fn word(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn words(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(word).collect()
}

fn package(name: &str) -> &'static Value {
    let packages = metadata("x86_64-unknown-linux-gnu")["packages"]
        .as_array()
        .expect("packages");
    let mut named = packages.iter().filter(|package| package["name"] == name);
    named.next().expect("a package of that name")
}

fn features_of_tauri() -> BTreeSet<String> {
    let graph = &metadata("x86_64-unknown-linux-gnu")["resolve"]["nodes"];
    let id = &package("tauri")["id"];
    let nodes = graph.as_array().expect("nodes");
    let node = nodes.iter().find(|node| node["id"] == *id);
    words(&node.expect("Tauri is linked")["features"])
}

#[test]
fn d8_the_window_is_built_as_the_list_says() {
    assert_eq!(Shell::load().faults(), [""; 0]);
}

#[test]
fn d8_every_deviation_is_found() {
    let shell = Shell::load();
    let set = |pointer: &str, value: Value| {
        let mut changed = shell.clone();
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        changed
            .config
            .pointer_mut(parent)
            .unwrap_or_else(|| panic!("{parent}"))[key] = value;
        (format!("{pointer} changed"), changed)
    };
    let grant = |key: &str, value: Value| {
        let mut changed = shell.clone();
        changed.capabilities[0].1[key] = value;
        (format!("capability {key} changed"), changed)
    };
    let changed = |what: &str, change: &dyn Fn(&mut Shell)| {
        let mut changed = shell.clone();
        change(&mut changed);
        (what.to_owned(), changed)
    };
    let mut deviations = vec![
        set("/app/withGlobalTauri", json!(true)),
        set("/app/security/freezePrototype", json!(false)),
        set(
            "/app/security/dangerousDisableAssetCspModification",
            json!(["style-src"]),
        ),
        set("/app/security/assetProtocol/enable", json!(true)),
        set("/app/security/csp", Value::Null),
        set(
            "/app/security/csp/script-src",
            json!("'self' 'unsafe-inline'"),
        ),
        set(
            "/app/security/csp/connect-src",
            json!("ipc: http://ipc.localhost https://example.com"),
        ),
        set(
            "/app/security/csp/img-src",
            json!("'self' frame: http://frame.localhost https:"),
        ),
        set("/app/security/csp/worker-src", json!("'self'")),
        set("/app/security/devCsp", json!("default-src *")),
        set("/app/security/capabilities", json!(["main", "more"])),
        set("/app/windows/0/dragDropEnabled", json!(true)),
        set("/app/windows/0/devtools", json!(true)),
        set("/app/windows/0/url", json!("https://example.com")),
        set("/app/macOSPrivateApi", json!(true)),
        set("/build/devUrl", json!("http://localhost:1420")),
        set("/build/beforeDevCommand", json!("curl example.com")),
        set("/plugins", json!({ "updater": {} })),
        grant("remote", json!({ "urls": ["https://*"] })),
        grant("windows", json!(["*"])),
        grant("local", json!(false)),
        grant("permissions", json!(["core:default"])),
        changed("another capability", &|shell| {
            let more = shell.capabilities[0].1.clone();
            shell.capabilities.push(("more.json".into(), more));
        }),
        changed("a configuration laid over", &|shell| {
            shell.files.push("tauri.linux.conf.json".into())
        }),
        changed("a second window", &|shell| {
            let windows = shell.config["app"]["windows"].as_array_mut().unwrap();
            windows.push(windows[0].clone());
        }),
        changed("a plugin", &|shell| {
            _ = shell.dependencies.insert("tauri-plugin-shell".into())
        }),
        changed("a feature", &|shell| {
            _ = shell.asked.insert("devtools".into())
        }),
        changed("a feature from elsewhere", &|shell| {
            _ = shell.built.insert("protocol-asset".into())
        }),
        changed("a command", &|shell| {
            shell.code = shell
                .code
                .replace("commands::theme,", "commands::theme, commands::run,");
        }),
        changed("an undeclared command", &|shell| {
            shell.build = shell.build.replace("\"call\",", "")
        }),
        changed("developer tools", &|shell| {
            shell.code = shell.code.replace(".devtools(false)", ".devtools(true)")
        }),
        changed("new windows", &|shell| {
            shell.code = shell
                .code
                .replace("NewWindowResponse::Deny", "NewWindowResponse::Allow")
        }),
        changed("navigation", &|shell| {
            shell.code = shell.code.replace(".on_navigation(is_ours)", "")
        }),
        changed("another web view", &|shell| {
            shell.code.push_str("WebviewWindowBuilder::new(")
        }),
    ];
    for page in [
        "<script>alert(1)</script>",
        "<script src=\"https://example.com/x.js\"></script>",
        "<img src=\"x\" onerror=\"run()\">",
        "<iframe src=\"x\"></iframe>",
        "<link rel=\"stylesheet\" href=\"//example.com/x.css\">",
        "<meta http-equiv=\"refresh\" content=\"0\">",
    ] {
        deviations.push(changed(page, &|shell| shell.pages[0].push_str(page)));
    }
    for (what, deviation) in deviations {
        assert_ne!(deviation.faults(), [""; 0], "{what} is not found");
    }
}
